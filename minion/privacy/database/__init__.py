"""What both sides need of a database: its connection, its tables, its rows as texts."""
