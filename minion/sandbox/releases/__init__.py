"""How apps get releases, and what of a release runs."""
