"""The sandbox's own controls, faults on demand among them."""
