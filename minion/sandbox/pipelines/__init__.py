"""Pipelines: which app has which stage, and promotions between them."""
