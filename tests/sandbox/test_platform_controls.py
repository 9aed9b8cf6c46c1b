"""The sandbox's own controls."""

import threading
import time

import pytest
import requests
from platform_client import until


@pytest.fixture(autouse=True)
def clean(client):
    """Each test leaves the controls as it found them."""
    yield
    client.delete("/_sandbox/faults")
    client.patch("/_sandbox/settings", {"latency_ms": 0})


def test_settings_are_shown_and_changed_without_a_token(client):
    url = f"{client.url}/_sandbox/settings"
    shown = requests.get(url, timeout=60).json()
    assert shown == {
        "latency_ms": 0,
        "build_s": 0,
        "boot_s": 0,
        "preboot_s": 2,
        "transfer_s": 0,
    }
    changed = requests.patch(url, json={"latency_ms": 30}, timeout=60).json()
    assert changed == {**shown, "latency_ms": 30}
    for wrong in ({"latency_ms": -1}, {"colour": 1}, {"boot_s": "1"}, {"boot_s": True}):
        refused = requests.patch(url, json={"latency_ms": 99, **wrong}, timeout=60)
        assert refused.status_code == 422
    assert requests.get(url, timeout=60).json() == changed


def test_latency_is_added_to_answers_but_not_to_the_controls(client):
    client.patch("/_sandbox/settings", {"latency_ms": 300})
    client.delete("/_sandbox/requests")
    began = time.monotonic()
    client.get("/account")
    assert time.monotonic() - began >= 0.3
    (seen,) = client.get("/_sandbox/requests")
    assert seen["seconds"] >= 0.3


def test_requests_are_recorded(client, empty_app):
    client.delete("/_sandbox/requests")
    before = time.time()
    client.patch(f"/apps/{empty_app}", {"maintenance": True})
    client.refused("GET", "/apps/nobody")
    first, second = client.get("/_sandbox/requests")
    assert (first["method"], first["path"], first["status"]) == ("PATCH", f"/apps/{empty_app}", 200)
    assert (second["method"], second["path"], second["status"]) == ("GET", "/apps/nobody", 404)
    assert before - 1 <= first["start"] <= second["start"] <= time.time() + 1
    assert first["seconds"] >= 0


def test_a_fault_answers_instead_of_doing(client, empty_app):
    wish = {"method": "PATCH", "path": f"^/apps/{empty_app}$", "times": 2, "status": 503}
    client.post("/_sandbox/faults", wish)
    for _ in range(2):
        refused = client.refused("PATCH", f"/apps/{empty_app}", {"maintenance": True})
        assert refused[:2] == (503, "service_unavailable")
        assert client.get(f"/apps/{empty_app}")["maintenance"] is False
    assert client.patch(f"/apps/{empty_app}", {"maintenance": True})["maintenance"] is True
    assert client.get("/_sandbox/faults") == []


def test_a_fault_can_ask_for_patience(client):
    wish = {"path": "/account", "status": 429, "headers": {"Retry-After": "7"}}
    client.post("/_sandbox/faults", wish)
    response = client.ask("GET", "/account")
    assert (response.status_code, response.json()["id"]) == (429, "rate_limit")
    assert response.headers["Retry-After"] == "7"


@pytest.mark.parametrize(("wish", "done"), [({"drop": True}, False), ({"after": True}, True)])
def test_a_connection_is_dropped_before_or_after_the_deed(client, empty_app, wish, done):
    path = f"/apps/{empty_app}"
    client.post("/_sandbox/faults", {"method": "PATCH", "path": path, **wish})
    client.delete("/_sandbox/requests")
    with pytest.raises(requests.ConnectionError):
        client.ask("PATCH", path, {"maintenance": True})
    assert client.get(path)["maintenance"] is done
    seen = client.get("/_sandbox/requests")
    assert [(each["method"], each["status"]) for each in seen] == [("PATCH", None), ("GET", 200)]


def test_a_fault_lets_as_many_pass_as_it_is_told(client, empty_app):
    wish = {"method": "PATCH|PUT", "path": f"^/apps/{empty_app}$", "skip": 2, "status": 503}
    client.post("/_sandbox/faults", wish)
    path = f"/apps/{empty_app}"
    for up in (True, False):
        assert client.patch(path, {"maintenance": up})["maintenance"] is up
        client.get(path)
    assert client.refused("PATCH", path, {"maintenance": True})[0] == 503


def in_the_background(client, *words):
    """The request under way in a thread of its own, and the list that gets its answer."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(client.ask(*words).json()))
    thread.start()
    return thread, answers


def until_held(client):
    return until(lambda: client.get("/_sandbox/held"), bool)


@pytest.mark.parametrize("after", [False, True])
def test_a_request_is_held_before_or_after_the_deed(client, empty_app, after):
    path = f"/apps/{empty_app}"
    wish = {"method": "PATCH", "path": f"^{path}$", "hold": True, "after": after}
    client.post("/_sandbox/faults", wish)
    thread, answers = in_the_background(client, "PATCH", path, {"maintenance": True})
    assert until_held(client) == [{"method": "PATCH", "path": path, "after": after}]
    assert client.get(path)["maintenance"] is after
    assert answers == []
    client.delete("/_sandbox/held")
    thread.join(30)
    assert answers[0]["maintenance"] is True
    assert client.get(path)["maintenance"] is True
    assert client.get("/_sandbox/held") == []


def test_a_held_request_whose_sender_has_gone_is_not_carried_out(client, empty_app):
    path = f"/apps/{empty_app}"
    client.post("/_sandbox/faults", {"method": "PATCH", "path": f"^{path}$", "hold": True})
    with pytest.raises(requests.ReadTimeout):
        requests.patch(
            client.url + path,
            json={"maintenance": True},
            headers=client.session.headers,
            timeout=(5, 0.2),
        )
    until(lambda: client.get("/_sandbox/held"), lambda held: not held)
    assert client.get(path)["maintenance"] is False


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"hold": True, "drop": True},
        {"status": 500, "after": True},
        {"status": 500, "skip": "1"},
        {"status": 500, "method": "("},
        {"status": 500, "drop": True},
        {"status": "500"},
        {"status": 500, "path": "("},
        {"status": 500, "times": "2"},
        {"status": 500, "colour": 1},
    ],
)
def test_what_is_no_fault_is_refused(client, wish):
    assert client.refused("POST", "/_sandbox/faults", wish)[0] == 422
    assert client.get("/_sandbox/faults") == []


def test_faults_are_cleared(client):
    client.post("/_sandbox/faults", {"status": 500, "times": 9})
    client.delete("/_sandbox/faults")
    client.get("/account")


def test_what_runs_commands_or_shows_databases_needs_the_token(client):
    for method, path in (("GET", "/apps"), ("POST", "/apps"), ("POST", "/apps/shop-uat/run")):
        answer = requests.request(method, f"{client.url}/_sandbox{path}", json={}, timeout=60)
        assert answer.status_code == 401


def test_a_site_that_leads_here_by_a_name_of_its_own_gets_nothing(client):
    headers = {"Host": "evil.example.com"}
    answer = requests.get(f"{client.url}/_sandbox/settings", headers=headers, timeout=60)
    assert answer.status_code == 403


def test_a_command_runs_to_its_end_and_tells_its_status(client):
    body = {"command": 'echo "it\'s $GREETING"; echo two >&2; exit 4'}
    answer = client.post("/_sandbox/apps/shop-uat/run", body)
    assert answer == {"exit_status": 4, "output": ["it's uat", "two"]}
    assert client.refused("POST", "/_sandbox/apps/shop-dev/run", body)[0] == 422


def test_a_command_hears_signals_that_were_ignored_where_the_sandbox_was_started(client):
    body = {"command": "trap 'exit 9' HUP; kill -HUP $$; exit 1"}
    assert client.post("/_sandbox/apps/shop-uat/run", body)["exit_status"] == 9
