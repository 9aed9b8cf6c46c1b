"""A local Heroku: Platform API, git, builds, dynos, a real PostgreSQL.

It imports nothing else of minion and is reached by URL, like the real one, so
that a misreading of how Heroku behaves is not made twice. Each folder imports
those below it only:

::

    lifecycle   what ``fab sandbox`` does: start it for a folder, fill it, stop it
    daemon      the process that it is, also ``python -m minion.sandbox``
    controls    ``/_sandbox``: faults on demand, how slow it pretends to be
    data_api    databases and their backups, as the Heroku CLI asks for them
    api         the Platform API
    platform    all that follows, put together
    pipelines   promotions, and which app has which stage
    addons      databases as add-ons, attached to apps
    releases    releases, their slugs, what of a release runs; deploys by push
    apps        what runs for each app, and its config vars
    router      in front of an app's web dynos
    dynos       the formation's dynos, and one-off dynos
    builds      from a commit to a slug
    transfers   backups, restores and copies of databases
    git         the git host, and the hook that a push meets
    postgres    the PostgreSQL server
    logs        apps' logs, and the output of builds and release phases
    state       the records, and the file that keeps them
    machine     child processes, ports, a certificate
    bookshop    the project that is there where the operator has none

Where it differs from Heroku: ``differences.toml``.
"""
