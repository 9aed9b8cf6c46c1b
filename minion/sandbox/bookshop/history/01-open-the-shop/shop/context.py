import os

from django.conf import settings

from bookshop import TAGLINE


def shop(request):
    """What every page shows: the shop's name and which code it is that answers.

    Heroku sets HEROKU_RELEASE_VERSION and HEROKU_SLUG_COMMIT where the app's
    dyno metadata are switched on.
    """
    return {
        "shop_name": settings.SHOP_NAME,
        "environment": settings.ENVIRONMENT,
        "tagline": TAGLINE,
        "release": os.environ.get("HEROKU_RELEASE_VERSION", ""),
        "commit": os.environ.get("HEROKU_SLUG_COMMIT", "")[:7],
    }
