from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    """An app without migrations: ``migrate --run-syncdb`` makes its tables."""

    name = "newsletter"
