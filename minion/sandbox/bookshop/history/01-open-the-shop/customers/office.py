"""What the shop's office leaves in the database: staff, sessions, the admin's log."""

from datetime import datetime, timedelta, timezone
from random import Random

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session

from customers.models import Customer
from customers.people import person

STAFF = 6
#: Apart from all customers' numbers.
FIRST_STAFF = 9_000_000
EDITED = 40
HIRED = datetime(2024, 9, 2, 8, 0, tzinfo=timezone.utc)
# Real hashes take a tenth of a second each. Nobody knows the passwords anyway.
ITERATIONS = 1000


def employ(start):
    """The staff of the shop whose customers are numbered from `start` on; those new to it."""
    known = set(User.objects.values_list("username", flat=True))
    users = [user for user in map(member, range(start, start + STAFF)) if user.username not in known]
    return User.objects.bulk_create(users)


def member(number):
    chance = Random(f"staff {number}")
    one = person(FIRST_STAFF + number)
    first, _, last = one.name.partition(" ")
    return User(
        username=one.email.partition("@")[0],
        first_name=first,
        last_name=last,
        email=one.email,
        password=PBKDF2PasswordHasher().encode(token(chance, 20), token(chance, 22), ITERATIONS),
        is_staff=True,
        date_joined=HIRED + timedelta(days=chance.randint(0, 60)),
    )


def log_in(users, customers):
    """A session of each of the users, and of a few customers who filled a basket."""
    chance = Random("sessions")
    store = Session.get_session_store_class()()
    contents = [
        {
            "_auth_user_id": str(user.pk),
            "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
            "_auth_user_hash": user.get_session_auth_hash(),
        }
        for user in users
    ]
    contents += [{"email": one.email, "basket": [chance.randint(1, 9)]} for one in customers[:20]]
    Session.objects.bulk_create(
        Session(
            session_key=token(chance, 32).lower(),
            session_data=store.encode(content),
            expire_date=datetime.now(timezone.utc) + timedelta(days=14),
        )
        for content in contents
    )


def write_log(users, customers):
    """The admin's notes of who changed which customer; the customer's name stands in them."""
    chance = Random("log")
    kind = ContentType.objects.get_for_model(Customer)
    LogEntry.objects.bulk_create(
        LogEntry(
            user=chance.choice(users),
            content_type=kind,
            object_id=str(customer.pk),
            object_repr=str(customer),
            action_flag=CHANGE,
            change_message='[{"changed": {"fields": ["%s"]}}]' % chance.choice(["Phone", "Notes"]),
            action_time=HIRED + timedelta(days=100, hours=chance.randint(0, 2000)),
        )
        for customer in customers[:EDITED]
    )


def token(chance, length):
    return "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=length))
