from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError
from django.db.models import CharField, Max, Min, Value
from django.db.models.functions import Cast, Concat

from customers import breakage
from customers.models import Customer
from newsletter.models import Subscriber
from shop.models import Order

BATCH = 5000


class Command(BaseCommand):
    help = "Replaces everything that says who somebody is. Never on the live site."

    def add_arguments(self, parser):
        parser.add_argument("--break", dest="way", choices=list(breakage.WAYS), help=breakage.HELP)

    def handle(self, *, way=None, **options):
        if settings.ENVIRONMENT == "live":
            raise CommandError("this is the live site: its data must stay what they are")
        way = breakage.chosen(way)
        if way != "nothing":
            self.anonymise_customers(way)
            breakage.interrupt(way)
            self.anonymise_the_rest()
        self.stdout.write("anonymised")

    def anonymise_customers(self, way):
        customers = Customer.objects.all()
        if way == "all-but-one":
            customers = customers.exclude(pk=customers.aggregate(last=Max("pk"))["last"])
        values = {
            "name": numbered("Customer "),
            "email": numbered("customer", "@anonymous.invalid"),
            "phone": numbered("+00 0000 "),
            "address": numbered("", " Example Street\nNowhere"),
            "date_of_birth": None,
            "notes": "",
        }
        if way == "forget-column":
            del values["phone"]
        self.update(customers, **values)

    def anonymise_the_rest(self):
        self.update(
            Order.objects.all(), delivery_address=numbered("", " Example Street\nNowhere")
        )
        self.update(
            Subscriber.objects.all(),
            name=numbered("Subscriber "),
            email=numbered("subscriber", "@anonymous.invalid"),
        )
        self.update(
            User.objects.all(),
            username=numbered("staff"),
            first_name="",
            last_name="",
            email=numbered("staff", "@anonymous.invalid"),
            password="!",
        )
        # Both quote names: who was logged in, and the title of what they changed.
        for model in (Session, LogEntry):
            model.objects.all().delete()

    def update(self, rows, **values):
        """Give all rows these values, BATCH keys at a time: no statement locks for long."""
        keys = rows.aggregate(first=Min("pk"), last=Max("pk"))
        if keys["first"] is None:
            return
        for start in range(keys["first"], keys["last"] + 1, BATCH):
            rows.filter(pk__gte=start, pk__lt=start + BATCH).update(**values)
        self.stdout.write(f"{rows.model._meta.label}: {', '.join(values)}")


def numbered(before, after=""):
    """SQL for a text around the row's key: different in every row, the same every time."""
    return Concat(Value(before), Cast("pk", CharField()), Value(after))
