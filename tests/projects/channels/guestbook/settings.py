import os
from pathlib import Path

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ.get("SECRET_KEY", "only for development, where nothing is secret")
DEBUG = "DYNO" not in os.environ
ALLOWED_HOSTS = [".herokuapp.com", "127.0.0.1", "localhost"]
INSTALLED_APPS = [
    "daphne",
    "django.contrib.staticfiles",
    "channels",
    "notes.apps.NotesConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "guestbook.urls"
ASGI_APPLICATION = "guestbook.asgi.application"
DATABASES = {"default": dj_database_url.config(default="postgres:///guestbook", conn_max_age=600)}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
