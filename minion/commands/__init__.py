"""What the tasks do, once their arguments are parsed: one function each."""
