"""A deployment: code moves up."""
