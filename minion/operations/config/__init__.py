"""The team's config vars are applied."""
