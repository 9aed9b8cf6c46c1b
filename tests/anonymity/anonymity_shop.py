"""A shop with people in it, by SQL alone, and what its databases tell."""

from postgres_server import execute

from minion.privacy import judge, look, prove, remember, take_inventory

SCHEMA = """
CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text);
INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial');
CREATE TABLE django_content_type (id serial PRIMARY KEY, app_label text, model text);
CREATE TABLE auth_permission (id serial PRIMARY KEY, name text, codename text);
CREATE TABLE django_site (id serial PRIMARY KEY, domain text, name text);
CREATE TABLE shop_customer (
    id serial PRIMARY KEY, first_name text NOT NULL, email varchar(254), phone text,
    birth_date date, notes text DEFAULT '', level text, country text
);
CREATE TABLE shop_order (
    id serial PRIMARY KEY, customer_id int REFERENCES shop_customer, placed timestamptz,
    total numeric, delivery_address text, payload jsonb
);
CREATE TABLE shop_book (
    id serial PRIMARY KEY, title text, slug text, isbn text, price numeric, cover text
);
CREATE TABLE auth_user (id serial PRIMARY KEY, username text, password text, is_staff bool);
CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text);
CREATE TABLE django_admin_log (
    id serial PRIMARY KEY, object_id text, object_repr varchar(200), change_message text
);
"""
ROWS = """
INSERT INTO shop_customer (first_name, email, phone, birth_date, notes, level, country)
SELECT 'Firstname' || abs(hashtext('f' || n)) % 60, 'person' || n || '@mail.example',
       '+44 1632 96' || (1000 + n), date '1950-01-01' + abs(hashtext('b' || n)) % 18000,
       CASE WHEN n % 5 = 0 THEN 'rings ' || n END, (ARRAY['gold', 'silver'])[1 + n % 2], 'Utopia'
FROM generate_series(1, 1500) n;
INSERT INTO shop_order (customer_id, placed, total, delivery_address, payload)
SELECT id, now(), 10, id || ' Long Street, Some Town, AB1 2CD', jsonb_build_object('to', email)
FROM shop_customer WHERE id <= 400;
INSERT INTO shop_book (title, slug, isbn, price, cover)
SELECT 'A long book about ' || md5(n::text), 'book-' || n, '978-0-306-4' || (1000 + n) || '-7', n,
       'covers/' || md5(n::text) || '.jpg'
FROM generate_series(1, 60) n;
INSERT INTO django_content_type (app_label, model)
SELECT 'app' || n, 'model' || n FROM generate_series(1, 30) n;
INSERT INTO auth_permission (name, codename)
SELECT 'Can change thing ' || n, 'change_' || n FROM generate_series(1, 60) n;
INSERT INTO django_site (domain, name) VALUES ('shop.example', 'The shop');
INSERT INTO auth_user (username, password, is_staff) VALUES
    ('boss', 'pbkdf2_sha256$1000$salt$abcdefghijklmnop', true), ('robot', '!', false);
INSERT INTO django_session VALUES ('k1234567890abcdef1234567890', 'c2Vzc2lvbg:1234567890abcdef');
INSERT INTO django_admin_log (object_id, object_repr, change_message)
SELECT id::text, title, '[{"changed": {"fields": ["Title"]}}]' FROM shop_book WHERE id < 5;
"""
#: Each line by itself, so that a test can leave one out.
ANONYMISE = {
    "first_name": "UPDATE shop_customer SET first_name = 'Customer ' || id",
    "email": "UPDATE shop_customer SET email = 'c' || id || '@anonymous.invalid'",
    "phone": "UPDATE shop_customer SET phone = ''",
    "birth_date": "UPDATE shop_customer SET birth_date = NULL",
    "notes": "UPDATE shop_customer SET notes = ''",
    "delivery_address": "UPDATE shop_order SET delivery_address = id || ' Nowhere'",
    "payload": "UPDATE shop_order SET payload = '{}'",
    "username": "UPDATE auth_user SET username = 'staff' || id",
    "password": "UPDATE auth_user SET password = '!'",
    "session_data": "DELETE FROM django_session",
    "object_repr": "DELETE FROM django_admin_log",
}
IGNORED = ("shop_book.*",)


def judged(url, pii=(), ignored=IGNORED):
    inventory = take_inventory(url)
    return judge(inventory, look(url, inventory), pii, ignored)


def personal(url, **more):
    return {finding.column.key for finding in judged(url, **more).personal}


def memory_of(url, limit_rows=100_000, **more):
    columns = [finding.column for finding in judged(url, **more).personal]
    return remember(url, columns, limit_rows=limit_rows, seed=5)


def treated(database, schema, *treatment, limit_rows=100_000, **more):
    """The proof for a copy of `schema` after its `treatment`."""
    source, target = database(schema), database(schema)
    memory = memory_of(source, limit_rows, **more)
    execute(target, *treatment)
    return prove([memory], target, judged(target, **more))


def found_in(proof):
    """The columns in which something was found."""
    return {one.key for one in proof.found}
