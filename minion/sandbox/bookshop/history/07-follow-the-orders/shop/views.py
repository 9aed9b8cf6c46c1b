import json

from django.db import DatabaseError, transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bookshop import TAGLINE
from customers.models import Customer
from newsletter.models import Letter
from shop.forms import OrderForm
from shop.models import Book, Order


def books(request):
    """The front page: every book and its price, and the newest letter."""
    letter = Letter.objects.filter(sent_at__isnull=False).first()
    return render(request, "shop/books.html", {"books": Book.objects.all(), "letter": letter})


def book(request, pk):
    """One book, and a form to order it."""
    return render(request, "shop/book.html", {"book": get_object_or_404(Book, pk=pk)})


def order(request, pk):
    """What somebody has ordered."""
    return render(request, "shop/order.html", {"order": get_object_or_404(Order, pk=pk)})


@csrf_exempt  # tills and scripts order too
@require_POST
def new_order(request):
    """Place an order, from a form (answered by its page) or from JSON (answered by JSON)."""
    is_json = request.content_type == "application/json"
    try:
        wanted = json.loads(request.body) if is_json else request.POST
    except ValueError:
        return JsonResponse({"errors": {"body": ["Not JSON."]}}, status=400)
    if is_json and not isinstance(wanted, dict):
        return JsonResponse({"errors": {"body": ["Not an object."]}}, status=400)
    form = OrderForm(wanted)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    placed = place_order(**form.cleaned_data)
    if not is_json:
        return redirect(placed)
    return JsonResponse(
        {"order": placed.pk, "total": str(placed.total), "status": placed.status}, status=201
    )


@transaction.atomic
def place_order(*, book, quantity, customer, name, email, address):
    """The new order, of a new customer if none is given and nobody has this e-mail."""
    if customer is None:
        customer, _ = Customer.objects.get_or_create(
            email=email, defaults={"name": name, "address": address}
        )
    placed = Order.objects.create(customer=customer, delivery_address=address or customer.address)
    placed.lines.create(book=book, quantity=quantity or 1, price=book.price)
    return placed


def healthz(request):
    """200 if the database has what this code needs, else 503."""
    try:
        counts = {
            "customers": count(Customer),
            "books": count(Book),
            "orders": count(Order),
        }
    except DatabaseError as error:
        return JsonResponse({"ok": False, "error": type(error).__name__}, status=503)
    return JsonResponse({"ok": True, "tagline": TAGLINE, **counts})


def count(model):
    """How many there are. One is read whole: COUNT(*) does not miss a missing column."""
    list(model.objects.order_by("-pk")[:1])
    return model.objects.count()
