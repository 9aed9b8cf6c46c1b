"""A small bookshop."""

TAGLINE = "Good books, honestly priced, faithfully translated."
