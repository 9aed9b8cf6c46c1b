"""Source text to operations: what a migration file says, without importing it."""
