from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("shop.urls")),
    path("customers/", include("customers.urls")),
    path("newsletter/", include("newsletter.urls")),
    path("admin/", admin.site.urls),
]
