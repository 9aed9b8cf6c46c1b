"""What fab sandbox does with the sandbox of a folder."""
