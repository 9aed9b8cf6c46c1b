"""The real PostgreSQL that the sandbox runs."""
