from decimal import Decimal

from django.db import models
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer


class Book(models.Model):
    title = models.CharField(max_length=200)
    author = models.CharField(max_length=120)
    year = models.IntegerField()
    price = models.DecimalField(max_digits=6, decimal_places=2)
    blurb = models.TextField(blank=True)

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("book", args=[self.pk])


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    delivery_address = models.TextField()
    placed_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"Order {self.pk}"

    def get_absolute_url(self):
        return reverse("order", args=[self.pk])

    @property
    def total(self):
        return sum((line.price * line.quantity for line in self.lines.all()), Decimal("0.00"))


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    book = models.ForeignKey(Book, models.PROTECT)
    quantity = models.IntegerField(default=1)
    price = models.DecimalField(max_digits=6, decimal_places=2)

    def __str__(self):
        return f"{self.quantity} × {self.book}"
