"""The verdicts: what each operation does to the code that runs meanwhile."""
