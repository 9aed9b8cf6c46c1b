"""The background process that is the local Heroku of one project."""
