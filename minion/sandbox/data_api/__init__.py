"""The sandbox's data API: Heroku Postgres and PGBackups, as the Heroku CLI uses them.

It is not documented. Its paths and answers are those which the commands ``pg:*``
of heroku/cli send and read.
"""
