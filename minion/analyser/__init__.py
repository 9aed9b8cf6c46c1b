"""What going from one commit to another means, read from the repository alone."""
