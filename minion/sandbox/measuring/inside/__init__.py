"""What runs inside of a project's own environment while its migrations are measured.

Run with the project's Python, whatever version that is, and its Django: imports nothing but
these and the standard library.
"""
