"""A small bookshop."""

TAGLINE = "Good books for long evenings."
