from django.urls import path
from notes.views import archived, index

urlpatterns = [path("", index), path("archived", archived)]
