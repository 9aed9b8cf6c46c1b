"""The proof that nothing personal of one database is left in another."""
