from datetime import datetime, timedelta, timezone
from random import Random

from django.core.management.base import BaseCommand
from django.db import transaction

from customers import office
from customers.models import Customer
from customers.people import person
from newsletter.models import Subscriber
from shop.models import Book, Order, OrderLine

FIRST_ORDER = datetime(2024, 11, 2, 9, 30, tzinfo=timezone.utc)


class Command(BaseCommand):
    help = "Invents customers with orders and subscriptions, the same ones every time."

    def add_arguments(self, parser):
        parser.add_argument("--count", type=int, default=100, help="how many there shall be")
        parser.add_argument(
            "--start", type=int, default=1, help="the number of the first; each is somebody else"
        )

    @transaction.atomic
    def handle(self, *, count, start=1, **options):
        people = {one.email: one for one in map(person, range(start, start + count))}
        known = set(Customer.objects.values_list("email", flat=True))
        customers = Customer.objects.bulk_create(
            Customer(**vars(one)) for email, one in people.items() if email not in known
        )
        orders = self.order(customers)
        Subscriber.objects.bulk_create(
            [Subscriber(name=one.name, email=one.email) for one in customers[::4]],
            ignore_conflicts=True,
        )
        staff = office.employ(start)
        if staff:
            office.log_in(staff, customers)
            office.write_log(staff, customers)
        self.stdout.write(f"{len(customers)} customers, {orders} orders")

    def order(self, customers):
        """Up to three orders for each of the customers; says how many that makes."""
        books = list(Book.objects.order_by("pk"))
        if not books:
            return 0
        chance = Random("orders")
        orders = Order.objects.bulk_create(
            Order(
                customer=customer,
                delivery_address=customer.address,
                placed_at=FIRST_ORDER + timedelta(hours=chance.randint(0, 5000)),
            )
            for customer in customers
            for _ in range(chance.randint(0, 3))
        )
        OrderLine.objects.bulk_create(
            OrderLine(order=order, book=book, price=book.price, quantity=chance.randint(1, 3))
            for order in orders
            for book in chance.sample(books, chance.randint(1, min(3, len(books))))
        )
        return len(orders)
