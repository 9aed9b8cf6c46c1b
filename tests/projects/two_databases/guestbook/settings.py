import os
from pathlib import Path

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ.get("SECRET_KEY", "only for development, where nothing is secret")
DEBUG = "DYNO" not in os.environ
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "archive.apps.ArchiveConfig",
    "notes.apps.NotesConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "guestbook.urls"
WSGI_APPLICATION = "guestbook.wsgi.application"
DATABASES = {
    "default": dj_database_url.config(default="postgres:///guestbook", conn_max_age=600),
    "archive": dj_database_url.config("ARCHIVE_URL", default="postgres:///archive"),
}
DATABASE_ROUTERS = ["guestbook.routers.ArchiveRouter"]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
