"""A shop with people in it, by SQL alone."""

SCHEMA = """
CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text);
INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial');
CREATE TABLE shop_customer (
    id serial PRIMARY KEY, name text NOT NULL, email varchar(254), phone text,
    born date, notes text DEFAULT '', level text, country text
);
CREATE TABLE shop_order (
    id serial PRIMARY KEY, customer_id int REFERENCES shop_customer, placed timestamptz,
    total numeric, delivery_address text, payload jsonb
);
CREATE TABLE shop_book (id serial PRIMARY KEY, title text, price numeric);
CREATE TABLE auth_user (id serial PRIMARY KEY, username text, password text, is_staff bool);
CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text);
"""
ROWS = """
INSERT INTO shop_customer (name, email, phone, born, notes, level, country)
SELECT 'Person ' || md5(n::text), 'person' || n || '@mail.example', '+44 1632 96' || (1000 + n),
       date '1950-01-01' + (n * 37 % 18000), CASE WHEN n % 5 = 0 THEN 'rings ' || n END,
       (ARRAY['gold', 'silver'])[1 + n % 2], 'Utopia'
FROM generate_series(1, 400) n;
INSERT INTO shop_order (customer_id, placed, total, delivery_address, payload)
SELECT id, now(), 10, id || ' Long Street, Some Town, AB1 2CD', jsonb_build_object('to', email)
FROM shop_customer;
INSERT INTO shop_book (title, price) SELECT 'Book about ' || md5(n::text), n
FROM generate_series(1, 50) n;
INSERT INTO auth_user (username, password, is_staff)
VALUES ('boss', 'pbkdf2_sha256$1000$salt$abcdefghijklmnop', true);
INSERT INTO django_session VALUES ('k1234567890abcdef1234567890', 'c2Vzc2lvbg:1234567890abcdef');
"""
ANONYMISE = """
UPDATE shop_customer SET name = 'Customer ' || id, email = 'c' || id || '@anonymous.invalid',
    phone = '', born = NULL, notes = '';
UPDATE shop_order SET delivery_address = id || ' Nowhere', payload = '{}';
UPDATE auth_user SET username = 'staff' || id, password = '!';
DELETE FROM django_session;
"""
