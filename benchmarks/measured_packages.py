"""The packages whose migrations are measured: what to install, and what a project adds for each."""

from __future__ import annotations

from dataclasses import dataclass

#: Every project has these.
COMMON = (
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
)


@dataclass(frozen=True)
class Package:
    """`apps` are added to INSTALLED_APPS, `settings` to the settings file."""

    name: str
    requirements: tuple[str, ...]
    apps: tuple[str, ...]
    settings: str = ""


PACKAGES = (
    Package("django", (), ("django.contrib.flatpages", "django.contrib.redirects")),
    Package(
        "allauth",
        ("django-allauth[socialaccount,mfa]",),
        (
            "allauth",
            "allauth.account",
            "allauth.socialaccount",
            "allauth.mfa",
            "allauth.usersessions",
        ),
        "MIDDLEWARE = ['django.contrib.sessions.middleware.SessionMiddleware',\n"
        "'django.contrib.auth.middleware.AuthenticationMiddleware',\n"
        "'allauth.account.middleware.AccountMiddleware']\n",
    ),
    Package(
        "wagtail",
        ("wagtail",),
        (
            "wagtail.contrib.forms",
            "wagtail.contrib.redirects",
            "wagtail.contrib.settings",
            "wagtail.contrib.search_promotions",
            "wagtail.embeds",
            "wagtail.users",
            "wagtail.snippets",
            "wagtail.documents",
            "wagtail.images",
            "wagtail.search",
            "wagtail.admin",
            "wagtail",
            "modelcluster",
            "taggit",
        ),
        "WAGTAIL_SITE_NAME = 'x'\nWAGTAILADMIN_BASE_URL = 'https://example.invalid'\n",
    ),
    Package(
        "oscar",
        ("django-oscar", "sorl-thumbnail"),
        (
            "oscar.config.Shop",
            *(
                f"oscar.apps.{name}.apps.{name.title().replace('_', '')}Config"
                for name in (
                    *("analytics", "checkout", "address", "shipping", "catalogue", "communication"),
                    *("partner", "basket", "payment", "offer", "order", "customer", "search"),
                    *("voucher", "wishlists"),
                )
            ),
            "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
            "oscar.apps.dashboard.apps.DashboardConfig",
            "widget_tweaks",
            "haystack",
            "treebeard",
            "sorl.thumbnail",
            "django_tables2",
            "django.contrib.flatpages",
        ),
        "from oscar.defaults import *\n"
        "HAYSTACK_CONNECTIONS = {'default': {'ENGINE':\n"
        "'haystack.backends.simple_backend.SimpleEngine'}}\n",
    ),
    Package(
        "cms",
        ("django-cms", "django-filer", "djangocms-text", "djangocms-versioning"),
        (
            *("cms", "menus", "treebeard", "sekizai", "filer", "easy_thumbnails"),
            *("djangocms_text", "djangocms_versioning"),
        ),
        "LANGUAGES = [('en', 'English')]\nLANGUAGE_CODE = 'en'\nCMS_CONFIRM_VERSION4 = True\n"
        "CMS_TEMPLATES = [('x.html', 'x')]\n"
        "TEMPLATES[0]['OPTIONS'] = {'context_processors': [\n"
        "'django.template.context_processors.request',\n"
        "'django.contrib.auth.context_processors.auth',\n"
        "'sekizai.context_processors.sekizai',\n"
        "'cms.context_processors.cms_settings']}\n"
        "X_FRAME_OPTIONS = 'SAMEORIGIN'\n",
    ),
    Package(
        "mezzanine",
        ("mezzanine",),
        tuple(
            f"mezzanine.{name}"
            for name in ("boot", "conf", "core", "generic", "pages", "blog", "forms", "galleries")
        ),
        "PACKAGE_NAME_FILEBROWSER = 'filebrowser_safe'\n"
        "PACKAGE_NAME_GRAPPELLI = 'grappelli_safe'\n"
        "TESTING = False\n",
    ),
    Package(
        "tools",
        (
            *("django-reversion", "django-taggit", "django-waffle", "django-axes", "django-q2"),
            *("django-oauth-toolkit", "django-celery-beat", "django-celery-results"),
            *("django-simple-history", "django-auditlog", "django-constance", "django-silk"),
            *("djangorestframework", "djangorestframework-simplejwt", "django-otp"),
            *("django-guardian", "django-push-notifications", "django-organizations"),
            "django-invitations",
            *("django-contrib-comments", "django-post-office", "django-import-export"),
        ),
        (
            *("reversion", "taggit", "waffle", "axes", "django_q", "oauth2_provider"),
            *("django_celery_beat", "django_celery_results", "auditlog", "constance", "silk"),
            *("rest_framework", "rest_framework.authtoken"),
            *("rest_framework_simplejwt.token_blacklist", "django_otp"),
            *("django_otp.plugins.otp_totp", "django_otp.plugins.otp_static"),
            *("guardian", "push_notifications", "organizations", "django_comments", "post_office"),
        ),
        "CONSTANCE_BACKEND = 'constance.backends.database.DatabaseBackend'\n"
        "CONSTANCE_CONFIG = {'X': (1, 'x')}\n",
    ),
)
