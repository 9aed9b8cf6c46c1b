"""What all answers of the Platform API have in common."""

import pytest
import requests
from platform_client import ACCEPT

from minion.sandbox.api.paging import paged
from minion.sandbox.errors import ApiError


def test_without_a_token_nothing_is_told(client):
    bare = requests.get(f"{client.url}/apps", headers={"Accept": ACCEPT}, timeout=60)
    assert (bare.status_code, bare.json()["id"]) == (401, "unauthorized")
    wrong = client.refused("GET", "/apps", headers={"Authorization": "Bearer nobody"})
    assert wrong[:2] == (401, "unauthorized")


def test_the_token_may_be_the_password_of_basic_authentication(client):
    answer = requests.get(
        f"{client.url}/account",
        headers={"Accept": ACCEPT},
        auth=("", client.running.token),
        timeout=60,
    )
    assert answer.json()["email"] == "developer@example.com"


@pytest.mark.parametrize("accept", ["*/*", "application/json", f"{ACCEPT[:-1]}2"])
def test_another_version_is_not_acceptable(client, accept):
    assert client.refused("GET", "/apps", headers={"Accept": accept})[:2] == (406, "not_acceptable")


@pytest.mark.parametrize("suffix", [".sdk", ".filters", ".docker-releases", "; q=1"])
def test_variants_of_version_3_are_taken_for_it(client, suffix):
    assert client.get("/account", headers={"Accept": ACCEPT + suffix})["verified"] is True


def test_errors_are_json_with_an_id_and_a_message(client):
    assert client.refused("GET", "/apps/nobody") == (404, "not_found", "Couldn't find that app.")
    assert client.refused("GET", "/no/such/thing")[:2] == (404, "not_found")
    assert client.refused("DELETE", "/account")[:2] == (404, "not_found")


def test_a_body_that_is_no_json_object_is_a_bad_request(client, empty_app):
    for body in (b"{", b"[1]", b"\xff"):
        response = client.session.patch(f"{client.url}/apps/{empty_app}", data=body, timeout=60)
        assert (response.status_code, response.json()["id"]) == (400, "bad_request")


def test_answers_carry_an_id_and_what_is_left_of_the_rate_limit(client):
    first, second = client.ask("GET", "/apps"), client.ask("GET", "/apps")
    assert first.headers["Request-Id"] != second.headers["Request-Id"]
    assert 0 < int(first.headers["RateLimit-Remaining"]) <= 4500
    assert first.headers["Content-Type"].startswith("application/json")


def test_asking_for_the_rate_limit_is_free(client):
    before = client.get("/account/rate-limits")["remaining"]
    for _ in range(3):
        client.get("/account/rate-limits")
    assert client.get("/account/rate-limits")["remaining"] >= before
    for _ in range(20):
        client.ask("GET", "/account")
    assert client.get("/account/rate-limits")["remaining"] < before


def test_an_unchanged_answer_is_not_sent_twice(client, empty_app):
    first = client.ask("GET", f"/apps/{empty_app}")
    again = client.ask(
        "GET", f"/apps/{empty_app}", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    client.patch(f"/apps/{empty_app}", {"maintenance": True})
    changed = client.ask(
        "GET", f"/apps/{empty_app}", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert changed.status_code == 200


def test_pages_lead_from_one_to_the_next(client, empty_app):
    for number in range(5):
        client.patch(f"/apps/{empty_app}/config-vars", {"NUMBER": str(number)})
    seen, wanted = [], "version ..; max=3, order=desc"
    statuses = []
    while wanted:
        response = client.ask("GET", f"/apps/{empty_app}/releases", headers={"Range": wanted})
        seen += [release["version"] for release in response.json()]
        statuses.append(response.status_code)
        wanted = response.headers.get("Next-Range")
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert statuses == [206, 206, 200]


ITEMS = [{"id": f"id-{number}", "version": number} for number in range(1, 13)]


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        ("", [1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("version ..; max=2", [1, 2]),
        ("version ..; order=desc,max=1", [12]),
        ("version ..; order=desc", list(range(12, 0, -1))),
        ("version 3..5", [3, 4, 5]),
        ("version ]3..5", [4, 5]),
        ("version 9..11; order=desc", [11, 10, 9]),
        ("version ]11..9; max=200, order=desc", [10, 9]),
        ("version 10..", [10, 11, 12]),
        ("id ..; max=1000;", [1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("id ]id-8..", [9]),
    ],
)
def test_ranges_are_read_leniently(header, versions):
    assert [item["version"] for item in paged(ITEMS, header).items] == versions


def test_a_range_over_an_unknown_field_cannot_be_satisfied():
    with pytest.raises(ApiError) as refused:
        paged(ITEMS, "colour ..")
    assert refused.value.status == 416


def test_an_empty_list_has_no_next_page():
    page = paged([], "version ..; max=1")
    assert (page.items, page.status, dict(page.headers)) == ([], 200, {})
