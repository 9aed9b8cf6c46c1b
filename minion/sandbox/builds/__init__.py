"""A build: from a commit to a slug, by the rules of Heroku's Python buildpack."""
