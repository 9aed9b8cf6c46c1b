"""The git host, to which apps are pushed."""
