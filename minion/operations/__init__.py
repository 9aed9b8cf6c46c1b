"""What changes an environment: each operation in a package of the same files."""
