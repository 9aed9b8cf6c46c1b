"""What Heroku's Python buildpack takes and refuses, by a project's files alone.

The rules are those of heroku/heroku-buildpack-python as of August 2026. `doctor` and the
sandbox's builds both go by them, so this imports nothing of minion.
"""
