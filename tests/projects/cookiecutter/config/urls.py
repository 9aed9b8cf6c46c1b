from django.conf import settings
from django.contrib import admin
from django.urls import path
from guestbook.notes.views import index

urlpatterns = [path("", index, name="home"), path(settings.ADMIN_URL, admin.site.urls)]
