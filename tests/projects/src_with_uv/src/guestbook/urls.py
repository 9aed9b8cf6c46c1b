from django.urls import path
from notes.views import index, revision

urlpatterns = [path("", index), path("revision", revision)]
