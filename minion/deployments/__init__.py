"""What was deployed: the record of each deployment, and what a list of them tells.

A record is made of the journal, stands as trailers in the release tag's message, and is
read back from there. Pure: no git, no Heroku, no clock.
"""
