"""What apps, builds and release phases write, and who reads it."""
