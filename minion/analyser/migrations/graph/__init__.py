"""The order: which files are migrations, what each depends on, and when each runs."""
