"""The sandbox's records, and the file that keeps them."""
