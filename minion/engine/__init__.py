"""What carries out an operation, whichever it is: alone, step by step, remembered, undone."""
