"""What each app has: its config vars, and what runs for it."""
