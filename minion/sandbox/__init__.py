"""A local Heroku: Platform API, git, builds, dynos, a real PostgreSQL.

It imports nothing else of minion and is reached by URL, like the real one, so
that a misreading of how Heroku behaves is not made twice. `lifecycle` starts
and stops it; ``python -m minion.sandbox`` is the daemon.

Where it differs from Heroku: one user, one region, Cedar only; the Python
buildpack only, with the Python that the sandbox itself runs on; apps are not
renamed or deleted; a push is the only source of builds; the preboot window is
seconds, not minutes; rate limits are counted and not enforced; a data API is
not there.
"""
