"""Databases as add-ons, and what attaches them to apps."""
