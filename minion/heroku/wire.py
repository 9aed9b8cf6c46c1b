"""Heroku's JSON, read into records (Dev Center: Platform API Reference). No I/O."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Callable, TypeVar

from minion.errors import HerokuError
from minion.heroku.records import (
    App,
    Attachment,
    Coupling,
    Dyno,
    Formation,
    PromotionTarget,
    Release,
)

T = TypeVar("T")


def answer_about(what: str) -> Callable[[Callable[[Any], T]], Callable[[Any], T]]:
    """Turns the stumbling of a reader over an odd answer into a `HerokuError`."""

    def wrap(read: Callable[[Any], T]) -> Callable[[Any], T]:
        @functools.wraps(read)
        def checked(answer: Any) -> T:
            try:
                return read(answer)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise HerokuError(f"Heroku's answer about {what} is odd ({error!r})") from error

        return checked

    return wrap


def many(read: Callable[[Any], T], answers: Any) -> list[T]:
    """`read` applied to each of `answers`.

    Raises:
        HerokuError: it is no list, or an item is not as documented.
    """
    if not isinstance(answers, list):
        raise HerokuError("Heroku's answer is no list where one was expected")
    return [read(answer) for answer in answers]


def identity(of: Any) -> str | None:
    """The id in a nested object such as ``"slug": {"id": ...}``; None where it is null."""
    return str(of["id"]) if isinstance(of, Mapping) and of.get("id") else None


def moment(text: str) -> datetime:
    """A date as Heroku writes it, ``2012-01-01T12:00:00Z``, with its time zone."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@answer_about("the account")
def email_of(answer: Any) -> str:
    return str(answer["email"])


@answer_about("an app")
def app_of(answer: Any) -> App:
    return App(
        id=answer["id"],
        name=answer["name"],
        maintenance=bool(answer["maintenance"]),
        git_url=answer.get("git_url") or "",
        web_url=answer.get("web_url"),
        generation=(answer.get("generation") or {}).get("name", "cedar"),
        stack=(answer.get("stack") or {}).get("name", ""),
    )


@answer_about("config vars")
def config_of(answer: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in answer.items() if value is not None}


@answer_about("a formation")
def formation_of(answer: Any) -> Formation:
    # The reference names the size only in `dyno_size` for newer accounts.
    size = answer.get("size") or (answer.get("dyno_size") or {}).get("name") or ""
    return Formation(
        type=answer["type"],
        quantity=int(answer["quantity"]),
        size=size,
        command=answer.get("command") or "",
    )


@answer_about("a release")
def release_of(answer: Any) -> Release:
    return Release(
        id=answer["id"],
        version=int(answer["version"]),
        status=answer["status"],
        current=bool(answer.get("current")),
        description=answer.get("description") or "",
        user=(answer.get("user") or {}).get("email") or "",
        created_at=moment(answer["created_at"]),
        slug_id=identity(answer.get("slug")),
        oci_image_id=_oci_image_id(answer),
        output_stream_url=answer.get("output_stream_url"),
        eligible_for_rollback=bool(answer.get("eligible_for_rollback")),
    )


def _oci_image_id(answer: Any) -> str | None:
    """On Fir it stands in ``oci_image``, or as the artifact that is no slug."""
    named = identity(answer.get("oci_image"))
    if named or answer.get("slug"):
        return named
    artifacts = [one for one in answer.get("artifacts") or [] if one.get("type") != "slug"]
    return identity(artifacts[0]) if artifacts else None


@answer_about("a dyno")
def dyno_of(answer: Any) -> Dyno:
    return Dyno(
        id=answer["id"],
        name=answer["name"],
        type=answer.get("type") or "",
        state=answer.get("state") or "",
        release_version=int((answer.get("release") or {}).get("version") or 0),
        attach_url=answer.get("attach_url"),
    )


@answer_about("a pipeline coupling")
def coupling_of(answer: Any) -> Coupling:
    return Coupling(
        app_id=answer["app"]["id"],
        pipeline_id=answer["pipeline"]["id"],
        pipeline_name=answer["pipeline"].get("name") or "",
        stage=answer["stage"],
    )


@answer_about("a promotion")
def promotion_target_of(answer: Any) -> PromotionTarget:
    return PromotionTarget(
        app_id=answer["app"]["id"],
        status=answer["status"],
        release_id=identity(answer.get("release")),
        error_message=answer.get("error_message"),
    )


@answer_about("an add-on attachment")
def attachment_of(answer: Any) -> Attachment:
    addon = answer["addon"]
    return Attachment(
        name=answer["name"],
        addon_id=addon["id"],
        addon_name=addon["name"],
        app=addon["app"]["name"],
        namespace=answer.get("namespace"),
        plan=(addon.get("plan") or {}).get("name") or "",
    )
