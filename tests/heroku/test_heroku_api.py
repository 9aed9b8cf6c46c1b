from __future__ import annotations

import email.utils
import socket
import threading
import time as real_time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scripted import DROP, TOKEN, Answer, Request, ScriptedServer, Time

from minion.errors import AnswerLost, Forbidden, HerokuError, NotFound, Unauthorized
from minion.heroku import Heroku
from minion.heroku.api import Api
from minion.heroku.paths import path_of


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_get_carries_the_token_and_the_version(api: Api, server: ScriptedServer) -> None:
    server.on("GET /apps/shop?a=b", Answer({"name": "shop"}))
    got = api.get("/apps/shop", accept_suffix=".sdk", inclusion="addon:plan", params={"a": "b"})
    assert got == {"name": "shop"}
    headers = server.requests[0].headers
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Accept"] == "application/vnd.heroku+json; version=3.sdk"
    assert headers["Accept-Inclusion"] == "addon:plan"


def test_netrc_does_not_replace_the_token(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login me password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.on("GET /account", Answer({}))
    api = Api(server.url, TOKEN)
    api._shared_session().trust_env = True  # As for any host that is not this machine.
    api.base_url = server.url.replace("127.0.0.1", "localhost")
    api.get("/account")
    assert server.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    with api.open_stream(f"{api.base_url}/account", {}, quiet_s=2):
        assert "Authorization" not in server.requests[1].headers


def test_this_machine_is_not_reached_through_a_proxy(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    server.on("GET /account", Answer({"id": "me"}))
    assert Api(server.url, TOKEN).get("/account") == {"id": "me"}


def test_bodies_are_json_and_empty_answers_are_none(api: Api, server: ScriptedServer) -> None:
    server.on("PATCH /apps/shop", Answer({"ok": 1}))
    server.on("POST /stop", Answer(b"", 202))
    server.on("PUT /reset", Answer({}))
    server.on("DELETE /dynos", Answer(b"", 204))
    assert api.patch("/apps/shop", {"maintenance": True}) == {"ok": 1}
    assert api.post("/stop") is None
    assert api.put("/reset", {}) == {}
    assert api.delete("/dynos") is None
    assert [one.body for one in server.requests] == [{"maintenance": True}, None, {}, None]


def test_the_token_is_looked_for_once_and_late(server: ScriptedServer) -> None:
    calls: list[int] = []

    def find() -> str:
        calls.append(1)
        return TOKEN

    server.on("GET /account", Answer({}))
    api = Api(server.url, find)
    assert calls == []
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: api.get("/account"), range(8)))
    assert calls == [1]


def test_a_missing_token_is_looked_for_once(server: ScriptedServer) -> None:
    calls: list[int] = []

    def find() -> str:
        calls.append(1)
        raise Unauthorized("no token")

    api = Api(server.url, find)
    for _ in range(3):
        with pytest.raises(Unauthorized, match="no token"):
            api.get("/account")
    assert calls == [1]
    assert server.requests == []


def test_reads_run_at_the_same_time(api: Api, server: ScriptedServer) -> None:
    together = threading.Barrier(12)

    def wait_for_the_others(request: Request) -> Answer:
        together.wait(timeout=10)
        return Answer({"path": request.path})

    server.on("GET /account", wait_for_the_others)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: api.get("/account"), range(12)))
    assert answers == [{"path": "/account"}] * 12


def test_reads_share_a_connection_and_each_write_gets_a_new_one(
    api: Api, server: ScriptedServer
) -> None:
    server.on("GET /account", Answer({}))
    server.on("PATCH /apps/shop", Answer({}))
    api.get("/account")
    api.get("/account")
    api.patch("/apps/shop", {})
    first, second, write = (one.client_port for one in server.requests)
    assert first == second
    assert write != first


# Pages


def pages(server: ScriptedServer) -> None:
    def page(request: Request) -> Answer:
        wanted = request.headers["Range"]
        if wanted.startswith("version .."):
            return Answer([5, 4], 206, {"Next-Range": "version ]4..; max=2, order=desc"})
        if wanted.startswith("version ]4"):
            return Answer([3, 2], 206, {"Next-Range": "version ]2..; max=2, order=desc"})
        return Answer([1])

    server.on("GET /releases", page)


def test_all_pages_are_read(api: Api, server: ScriptedServer) -> None:
    pages(server)
    assert api.get_all("/releases", "version", newest_first=True) == [5, 4, 3, 2, 1]
    ranges = [one.headers["Range"] for one in server.requests]
    assert ranges[0] == "version ..; max=1000, order=desc"
    assert ranges[1] == "version ]4..; max=2, order=desc"


def test_no_more_pages_are_read_than_wanted(api: Api, server: ScriptedServer) -> None:
    pages(server)
    assert api.get_all("/releases", "version", limit=3) == [5, 4, 3]
    assert len(server.requests) == 2
    assert server.requests[0].headers["Range"] == "version ..; max=3"


def test_a_server_that_repeats_a_page_does_not_hang_us(api: Api, server: ScriptedServer) -> None:
    server.on("GET /apps", Answer([1], 206, {"Next-Range": "id ]1..; max=1"}))
    assert api.get_all("/apps") == [1, 1]


def test_what_is_no_list_is_an_error(api: Api, server: ScriptedServer) -> None:
    server.on("GET /apps", Answer({"id": "x"}))
    with pytest.raises(HerokuError, match="no list"):
        api.get_all("/apps")


# Retries


@pytest.mark.parametrize("trouble", [DROP, Answer({"message": "oops"}, 503)])
def test_a_read_is_repeated(api: Api, server: ScriptedServer, time: Time, trouble: Answer) -> None:
    server.on("GET /account", trouble, trouble, Answer({"id": "me"}))
    assert api.get("/account") == {"id": "me"}
    assert len(server.requests) == 3
    assert len(time.slept) == 2
    assert time.slept[1] > time.slept[0] / 2 > 0


def test_a_read_is_given_up_in_time_with_the_last_answer(
    api: Api, server: ScriptedServer, time: Time
) -> None:
    server.on("GET /account", Answer({"id": "internal", "message": "We broke."}, 500))
    with pytest.raises(HerokuError, match="We broke"):
        api.get("/account")
    assert 1 < time.now - 1000 <= 4


def test_a_heroku_that_has_answered_before_is_waited_for(
    api: Api, server: ScriptedServer, time: Time
) -> None:
    server.on("GET /account", Answer({}), DROP)
    api.get("/account")
    with pytest.raises(HerokuError, match="the connection broke"):
        api.get("/account")
    assert 15 < time.now - 1000 <= 30


@pytest.mark.parametrize("method", ["get", "post"])
def test_too_many_requests_waits_as_long_as_asked(
    api: Api, server: ScriptedServer, time: Time, method: str
) -> None:
    limited = Answer({"id": "rate_limit", "message": "Slow down."}, 429, {"Retry-After": "21"})
    server.on(f"{method.upper()} /x", limited, Answer({"id": "done"}))
    assert getattr(api, method)("/x") == {"id": "done"}
    assert time.slept == [21]


def test_retry_after_may_be_a_date(api: Api, server: ScriptedServer, time: Time) -> None:
    date = email.utils.formatdate(real_time.time() + 40, usegmt=True)
    server.on("GET /x", Answer({}, 429, {"Retry-After": date}), Answer({"id": "done"}))
    assert api.get("/x") == {"id": "done"}
    assert 30 < time.slept[0] <= 40


def test_a_rate_limit_that_lasts_is_an_error_with_advice(
    api: Api, server: ScriptedServer, time: Time
) -> None:
    server.on("GET /x", Answer({}, 429, {"Retry-After": "3000"}))
    with pytest.raises(HerokuError, match=r"too many requests.*4500 requests an hour") as caught:
        api.get("/x")
    assert caught.value.status == 429
    assert time.slept == []


def test_a_write_whose_answer_is_lost_is_not_repeated(
    api: Api, server: ScriptedServer, time: Time
) -> None:
    server.on("POST /releases", DROP)
    with pytest.raises(AnswerLost, match="may or may not have been carried out"):
        api.post("/releases", {})
    assert len(server.requests) == 1
    assert time.slept == []


def test_a_write_that_times_out_is_not_repeated(server: ScriptedServer) -> None:
    release = threading.Event()

    def never(_: Request) -> Answer:
        release.wait(10)
        return DROP

    server.on("PATCH /apps/shop", never)
    api = Api(server.url, TOKEN, timeout_s=(2, 0.2))
    with pytest.raises(AnswerLost, match="no answer in time"):
        api.patch("/apps/shop", {})
    release.set()
    assert len(server.requests) == 1


def test_an_answer_that_drips_is_not_waited_for_longer(server: ScriptedServer, time: Time) -> None:
    dripping = Answer({"name": "shop"}, drips_s=0.15)
    server.on("GET /apps/shop", dripping)
    server.on("PATCH /apps/shop", dripping)
    api = Api(server.url, TOKEN, timeout_s=(2, 0.5), sleep=time.sleep, clock=time.clock)
    with pytest.raises(HerokuError, match=r"cannot be reached .*no answer in time"):
        api.get("/apps/shop")
    with pytest.raises(AnswerLost, match="no answer in time"):
        api.patch("/apps/shop", {})
    assert len(server.asked("PATCH /apps/shop")) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_answered_by_a_server_error_may_have_been_done(
    api: Api, server: ScriptedServer, status: int
) -> None:
    server.on("POST /releases", Answer({"id": "internal", "message": "Oops."}, status))
    with pytest.raises(AnswerLost, match="Oops") as caught:
        api.post("/releases", {})
    assert (caught.value.status, caught.value.error_id) == (status, "internal")
    assert caught.value.request_id == "req-1"
    assert len(server.requests) == 1


def test_a_write_that_never_left_is_repeated(time: Time) -> None:
    port = free_port()
    servers: list[ScriptedServer] = []

    def heroku_comes_back() -> None:
        if not servers:
            servers.append(ScriptedServer(port))
            servers[0].on("POST /releases", Answer({"id": "r"}))

    time.on_sleep = heroku_comes_back
    api = Api(f"http://127.0.0.1:{port}", TOKEN, sleep=time.sleep, clock=time.clock)
    assert api.post("/releases", {}) == {"id": "r"}
    assert len(time.slept) == 1
    servers[0].close()


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_api_that_is_down_is_one_clear_line(time: Time, method: str) -> None:
    port = free_port()
    api = Api(f"http://127.0.0.1:{port}", TOKEN, sleep=time.sleep, clock=time.clock)
    with pytest.raises(HerokuError) as caught:
        getattr(api, method)("/account")
    text = str(caught.value)
    assert text == (
        f"127.0.0.1:{port} cannot be reached ({method.upper()} /account): connection refused"
    )
    assert not isinstance(caught.value, AnswerLost)
    assert time.now - 1000 <= 4


# Errors


def failing(api: Api, server: ScriptedServer, answer: Answer, method: str = "get") -> HerokuError:
    server.on(f"{method.upper()} /apps/shop", answer)
    with pytest.raises(HerokuError) as caught:
        api.get("/apps/shop") if method == "get" else api.patch("/apps/shop", {})
    return caught.value


def test_heroku_s_own_words_are_kept(api: Api, server: ScriptedServer) -> None:
    error = failing(
        api, server, Answer({"id": "invalid_params", "message": "No such size."}, 422), "patch"
    )
    assert type(error) is HerokuError
    assert str(error) == "No such size (PATCH /apps/shop: 422 invalid_params, request req-1)"
    assert (error.status, error.error_id, error.request_id) == (422, "invalid_params", "req-1")


@pytest.mark.parametrize(
    ("status", "error_id", "kind", "words"),
    [
        (401, "unauthorized", Unauthorized, "heroku login"),
        (403, "forbidden", Forbidden, "Not yours"),
        (403, "two_factor", Forbidden, "second factor.*authorizations:create"),
        (403, "forbidden", Forbidden, "`heroku access -a shop`.*`heroku apps:unlock -a shop`"),
        (403, "suspended", Forbidden, "suspended: its owner.*help.heroku.com"),
        (402, "delinquent", HerokuError, "unpaid.*dashboard.heroku.com/account/billing"),
        (422, "verification_needed", HerokuError, "payment method.*heroku.com/verify"),
        (404, "not_found", NotFound, "Not yours"),
    ],
)
def test_refusals_have_classes(
    api: Api, server: ScriptedServer, status: int, error_id: str, kind: type, words: str
) -> None:
    body = {"id": error_id, "message": "Not yours."}
    with pytest.raises(kind, match=words):
        raise failing(api, server, Answer(body, status))


@pytest.mark.parametrize("status", [200, 403, 404])
def test_a_page_of_html_is_one_clear_line(api: Api, server: ScriptedServer, status: int) -> None:
    page = Answer(b"<html>\n<h1>Log in!</h1>", status, {"Content-Type": "text/html; charset=x"})
    error = failing(api, server, page)
    assert "text/html, not JSON" in str(error)
    assert "Log in!" not in str(error)
    assert "\n" not in str(error)
    assert error.status == status


@pytest.mark.parametrize("status", [502, 503])
def test_a_page_of_heroku_s_own_is_told_from_that_of_a_proxy(
    api: Api, server: ScriptedServer, status: int
) -> None:
    frame = b'<html><iframe src="//www.herokucdn.com/error-pages/application-error.html"></iframe>'
    html = {"Content-Type": "text/html"}
    for answer in (Answer(frame, status, html), Answer(b"x", status, {**html, "Via": "1.1 vegur"})):
        error = failing(api, server, answer)
        assert "Heroku's own error page" in str(error)
        assert "status.heroku.com" in str(error)
        assert "proxy" not in str(error)
    error = failing(api, server, Answer(b"<html>Squid", status, {**html, "Via": "1.1 squid"}))
    assert "(a proxy?)" in str(error)


def test_a_session_of_single_sign_on_that_is_over_is_named(
    api: Api, server: ScriptedServer
) -> None:
    message = "You must log in with SSO to access this team's resources."
    error = failing(api, server, Answer({"id": "forbidden", "message": message}, 403))
    assert "single sign-on is over" in str(error)
    assert "`heroku login`" in str(error)


def test_what_helps_against_a_refused_token_depends_on_where_it_was_found(
    server: ScriptedServer, tmp_path: Path
) -> None:
    refusal = Answer({"id": "unauthorized", "message": "Invalid credentials provided."}, 401)
    server.on("GET /account", refusal)
    with pytest.raises(Unauthorized, match="HEROKU_API_KEY: unset it"):
        Heroku.connect({"HEROKU_HOST": server.url, "HEROKU_API_KEY": TOKEN}).account_email()
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {server.url[7:]} login me password {TOKEN}\n")
    netrc.chmod(0o600)
    environ = {"HEROKU_HOST": server.url, "NETRC": str(netrc), "HOME": str(tmp_path), "PATH": ""}
    with pytest.raises(Unauthorized, match=rf"{netrc}: `heroku login`.*delete `machine"):
        Heroku.connect(environ).account_email()


def test_a_write_answered_by_html_may_have_been_done(api: Api, server: ScriptedServer) -> None:
    page = Answer(b"<html>", 200, {"Content-Type": "text/html"})
    assert isinstance(failing(api, server, page, "patch"), AnswerLost)


def test_a_long_message_is_one_line_of_bearable_length(api: Api, server: ScriptedServer) -> None:
    error = failing(api, server, Answer({"message": "line\n" * 1000}, 422))
    assert "\n" not in str(error)
    assert len(str(error)) < 600


@pytest.mark.parametrize("method", ["get", "patch"])
def test_the_token_does_not_follow_a_redirect(
    api: Api, server: ScriptedServer, method: str
) -> None:
    elsewhere = ScriptedServer()
    target = {"Location": f"http://user:pw@localhost:{elsewhere.port}/steal?me=1"}
    error = failing(api, server, Answer({}, 302, target), method)
    assert f"redirect to localhost:{elsewhere.port}/steal;" in str(error)
    assert elsewhere.requests == []
    elsewhere.close()


def test_the_token_is_in_no_error_and_no_repr(server: ScriptedServer, time: Time) -> None:
    api = Api(server.url, TOKEN, sleep=time.sleep, clock=time.clock, timeout_s=(2, 2))
    server.on("GET /apps/shop", DROP)
    server.on("PATCH /apps/shop", DROP)
    shown = [repr(api)]
    for call in (lambda: api.get("/apps/shop"), lambda: api.patch("/apps/shop", {})):
        try:
            call()
        except HerokuError as error:
            shown.append("".join(traceback.format_exception(type(error), error, None)))
            shown.append(repr(error.__cause__))
    assert len(shown) == 5
    assert not any(TOKEN in text for text in shown)


def test_cookies_are_not_kept(api: Api, server: ScriptedServer) -> None:
    server.on("GET /account", Answer({}, headers={"Set-Cookie": "a=b; Path=/"}))
    api.get("/account")
    api.get("/account")
    assert "Cookie" not in server.requests[1].headers


def test_names_in_paths_are_data() -> None:
    assert path_of("apps", "a b/c?d#é", 7) == "/apps/a%20b%2Fc%3Fd%23%C3%A9/7"
    for name in ("", ".", ".."):
        with pytest.raises(HerokuError, match="names nothing"):
            path_of("apps", name)


@pytest.mark.parametrize("status", [401, 403, 422, 503])
def test_what_a_request_carried_is_not_told_by_its_answer(
    api: Api, server: ScriptedServer, status: int
) -> None:
    values = {"A": "canary-1", "B": "canary 2\nand canary 3", "C": None, "D": "canary-1 and more"}

    def repeat(request: Request) -> Answer:
        said = f"Refused: {request.headers['Authorization']} {request.body} {values['B']}"
        return Answer({"id": "odd", "message": said}, status, {"Request-Id": f"r-{TOKEN}"})

    server.on("PATCH /apps/shop/config-vars", repeat)
    with pytest.raises(HerokuError, match="Refused: Bearer ") as caught:
        api.patch("/apps/shop/config-vars", values)
    told = "".join(traceback.format_exception(type(caught.value), caught.value, None))
    assert TOKEN not in told
    assert "canary" not in told
