"""Which database a URL leads to, however it is written."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minion.database_url import database_at, databases_at, databases_in, is_database, read

SAME = [
    "postgres://u:p@db.example.com:5432/shop",
    "postgres://db.example.com/shop",
    "postgresql://other:secret@db.example.com/shop",
    "POSTGRES://u:p@DB.Example.COM./shop",
    "pgsql://u:p@db.example.com/shop",
    "postgis://u:p@db.example.com/shop",
    "timescale://u:p@db.example.com/shop",
    "timescalegis://u:p@db.example.com/shop",
    "postgres://u:p@db.example.com/%73hop",
    "postgres://u:p@db%2Eexample.com/shop",
    "postgres://u:p@db.example.com/shop?sslmode=require&application_name=x",
    "postgres://u:p@db.example.com/shop#fragment",
    "postgres://u:p@/shop?host=DB.example.com",
    "postgres:///?host=db.example.com&dbname=shop&port=5432",
    " postgres://u:p@db.example.com/shop\n",
]


@pytest.mark.parametrize("url", SAME)
def test_one_database_has_one_identity(url):
    assert str(database_at(url)) == "db.example.com:5432/shop"
    assert database_at(url) == database_at(SAME[0])


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:p@db.example.com:5433/shop",
        "postgres://u:p@db.example.com/Shop",
        "postgres://u:p@db.example.com/shop2",
        "postgres://u:p@db2.example.com/shop",
        "mysql://u:p@db.example.com/shop",
    ],
)
def test_another_database_has_another_identity(url):
    assert database_at(url) is not None
    assert database_at(url) != database_at(SAME[0])


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("mysql://u@h/n", "h:3306/n"),
        ("mysql2://u@h/n", "h:3306/n"),
        ("mysqlgis://u@h/n", "h:3306/n"),
        ("mysql-connector://u@h/n", "h:3306/n"),
        ("oracle://u@h/n", "h:1521/n"),
        ("oraclegis://u@h/n", "h:1521/n"),
        ("mssql://u@h/n", "h:1433/n"),
        ("mssqlms://u@h/n", "h:1433/n"),
        ("redshift://u@h/n", "h:5439/n"),
        ("cockroach://u@h/n", "h:26257/n"),
        ("postgres://u@[2001:DB8::1]:5432/n", "[2001:db8::1]:5432/n"),
        ("postgres://u@[2001:db8:0:0::1]/n", "[2001:db8::1]:5432/n"),
        ("postgres://u@[::ffff:10.0.0.1]/n", "10.0.0.1:5432/n"),
        ("postgres:///n", "localhost:5432/n"),
        ("postgres://127.0.0.1/n", "localhost:5432/n"),
        ("postgres://[::1]/n", "localhost:5432/n"),
        ("postgres://%2Fvar%2Frun%2Fpostgresql/n", "/var/run/postgresql:5432/n"),
        ("postgres:///n?host=/var/run/postgresql/", "/var/run/postgresql:5432/n"),
    ],
)
def test_every_server_has_its_port_and_every_host_one_spelling(url, identity):
    assert str(database_at(url)) == identity


@pytest.mark.parametrize("url", ["", "x", "https://x.firebaseio.com/n", "redis://h/0", "shop"])
def test_only_schemes_that_dj_database_url_knows_are_databases(url):
    assert not is_database(url)
    assert database_at(url) is None
    assert databases_at(url) == ()
    assert read(url) is None


@pytest.mark.parametrize("url", ["postgres://h", "postgres://h:port/n", "postgres://[::1/n"])
def test_a_database_url_that_cannot_be_read_leads_nowhere(url):
    assert is_database(url)
    assert database_at(url) is None


@pytest.mark.parametrize("url", ["sqlite:///db.sqlite3", "sqlite://:memory:", "spatialite:///x"])
def test_a_file_is_no_database_that_two_apps_could_share(url):
    assert is_database(url)
    assert database_at(url) is None


def test_every_host_counts_that_django_or_libpq_could_take():
    found = databases_at("postgres://u@a.example.com/n?host=b.example.com&hostaddr=10.0.0.9")
    hosts = [one.host for one in found]
    assert hosts == ["10.0.0.9", "a.example.com", "b.example.com"]
    found = databases_at("postgres://u@a.example.com,b.example.com:5432/n?dbname=m&port=7")
    assert {(one.host[0], one.port, one.name) for one in found} == {
        (host, port, name) for host in "ab" for port in (5432, 7) for name in "nm"
    }


def test_a_connection_pool_of_heroku_is_its_database():
    host = "ec2-1-2-3-4.compute-1.amazonaws.com"
    pool = databases_at(f"postgres://u@{host}:5433/dabc")
    assert set(pool) & set(databases_at(f"postgres://u@{host}:5432/dabc"))


def test_databases_are_found_by_value_under_any_key():
    values = {
        "DATABASE_URL": "postgres://u:canary@h/a",
        "REPORTS": "postgresql://v:canary@h:5432/a",
        "OTHER_URL": "mysql://h/b",
        "FIREBASE_DATABASE_URL": "https://canary.firebaseio.com",
        "EMPTY": "",
    }
    found = databases_in(values)
    assert {str(one): keys for one, keys in found.items()} == {
        "h:5432/a": ("DATABASE_URL", "REPORTS"),
        "h:3306/b": ("OTHER_URL",),
    }
    assert "canary" not in repr(found)


PART = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@given(PART, PART, PART)
def test_neither_user_nor_password_is_part_of_it_and_the_name_is(user, password, name):
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    url = f"postgres://{login}@h/{quote(name, safe='')}"
    plain = database_at(f"postgres://h/{quote(name, safe='')}")
    assert plain is not None
    assert database_at(url) == plain
    assert plain.name == name


@given(st.text(max_size=40))
def test_no_text_whatever_makes_it_fail(text):
    for url in (text, f"postgres://{text}", f"postgres://u:p@h/{text}", f"mysql://h:{text}/n"):
        database_at(url)
        databases_at(url)
        read(url)
