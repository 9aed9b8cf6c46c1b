"""``python -m minion``: the same as the console script ``minion``."""

from minion.tasks.program import main

if __name__ == "__main__":
    main()
