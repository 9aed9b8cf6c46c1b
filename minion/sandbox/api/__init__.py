"""The Platform API, one module for each noun.

Shapes: the published schema (heroku/platform-api, schema.json). Manners that
all answers share are in `http` and `paging`.
"""
