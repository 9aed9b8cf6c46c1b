"""The operator: what is shown, what is asked, and how text is made fit for a terminal."""
