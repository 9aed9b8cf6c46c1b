from django.urls import path

from shop import views

urlpatterns = [
    path("", views.books, name="books"),
    path("books/<int:pk>/", views.book, name="book"),
    path("orders/new", views.new_order, name="new-order"),
    path("orders/<int:pk>/", views.order, name="order"),
    path("healthz", views.healthz, name="healthz"),
]
