from django.urls import path
from notes.views import index, readers

urlpatterns = [path("", index), path("readers", readers)]
