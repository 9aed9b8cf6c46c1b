"""Dynos: those of the formation, and one-off dynos with their rendezvous."""
