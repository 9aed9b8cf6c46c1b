"""minion.deployments: what several places know becomes one list, and four figures of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minion.deployments.entries import entries_of
from minion.deployments.figures import figures_of, slowest
from minion.deployments.found import (
    BuildFound,
    Entry,
    ReleaseFound,
    TagFound,
    changing_code,
)
from minion.deployments.record import MigrationTime, Record, Released
from minion.deployments.tags import version_in

T0 = datetime(2026, 2, 3, 4, 5, tzinfo=timezone.utc)
OURS, OTHER = "a" * 40, "b" * 40


def at(minutes):
    return T0 + timedelta(minutes=minutes)


def record(minutes=0, *versions, outcome="finished", **more):
    released = tuple(Released("shop", version) for version in versions)
    facts = {"plan": f"p{minutes}", "commit": OURS, "releases": released, **more}
    return Record("deploy", outcome, "uat", at(minutes), 30.0, **facts)


def tag(version, written=None, app="shop"):
    return TagFound(f"uat-v{version}", app, version, OURS, at(version), "Ann <a@b>", written)


def release(version, minutes, status="succeeded", commit=OURS, **more):
    return ReleaseFound("shop", version, status, at(minutes), "ann@example.com", commit, **more)


def found(tags=(), releases=(), builds=(), records=()):
    return entries_of(["shop"], tags, releases, builds, records)


def brief(entries):
    return [(one.outcome, [number for _, number in one.releases], one.sources) for one in entries]


def test_one_deployment_that_three_places_know():
    (one,) = found([tag(7, record(0, 7))], [release(7, 0)], (), [record(0, 7)])
    assert brief([one]) == [("finished", [7], ("tag", "Heroku", "this machine"))]


def test_a_failed_one_and_the_one_that_finished_its_release():
    tries = [record(0, 7, outcome="went back", failed_at="migrate"), record(5, 7)]
    entries = found([tag(7, record(5, 7))], [release(7, 0)], (), tries)
    assert brief(entries) == [
        ("finished", [7], ("tag", "Heroku", "this machine")),
        ("failed", [7], ("Heroku", "this machine")),
    ]
    assert entries[1].failed_at == "migrate"


def test_a_release_that_only_heroku_knows():
    releases = [release(8, 9, "failed"), release(7, 5, goes_back=True), release(6, 1, "pending")]
    entries = found(releases=releases)
    assert [(one.operation, one.outcome) for one in entries] == [
        ("deploy", "failed"),
        ("rollback", "released"),
        ("deploy", "under way"),
    ]
    assert entries[0].failed_at == "release phase"


def test_a_release_of_which_the_killed_process_wrote_nothing_down():
    stopped = record(0, outcome="went back")
    assert brief(found((), [release(7, 0.4)], (), [stopped])) == [
        ("failed", [7], ("Heroku", "this machine"))
    ]
    for stranger in (release(7, 0.4, commit=OTHER), release(7, 9)):
        assert len(found((), [stranger], (), [stopped])) == 2


def test_builds_that_failed():
    tries = [record(0, outcome="went back"), record(3, outcome="went back")]
    builds = [BuildFound("shop", at(minutes), OURS) for minutes in (0.1, 3.1, 20)]
    builds.append(BuildFound("shop", at(3.2), OTHER))
    entries = found((), (), builds, tries)
    assert [one.sources for one in entries] == [
        ("Heroku",),
        ("Heroku", "this machine"),
        ("Heroku",),
        ("Heroku", "this machine"),
    ]
    assert [one.failed_at for one in entries[::2]] == ["build", "build"]


def test_a_tag_that_was_made_by_hand_ends_what_came_short_of_it():
    short = record(0, 7, outcome="went back", failed_at="tag-release")
    (one,) = found([tag(7)], [release(7, 0)], (), [short])
    assert (one.outcome, one.failed_at, one.tags) == ("tagged", "", ("uat-v7",))


def test_old_tags_and_what_has_no_time_at_all():
    light = TagFound("uat-v3", "shop", 3, OTHER)
    entries = found([light, tag(7), replace(light, name="uat-v2", version=2)], [release(7, 9)])
    assert brief(entries) == [
        ("tagged", [7], ("tag", "Heroku")),
        ("tagged", [3], ("tag",)),
        ("tagged", [2], ("tag",)),
    ]
    assert entries[0].at == at(9)


def test_of_two_tags_the_fuller_record_counts():
    early, late = record(0, 7), replace(record(0, 7, 9), seconds=40.0)
    for pair in ([early, late], [late, early]):
        (one,) = found([tag(7, pair[0]), tag(9, pair[1], app="b")])
        assert one.record == late
        assert one.apps == ("shop", "b")


@dataclass
class Made:
    version: int
    slug_id: str = None
    status: str = "succeeded"
    description: str = "Deploy"
    oci_image_id: str = None


def test_which_releases_have_other_code():
    made = [
        Made(1),
        Made(2, "a"),
        Made(3, "a", description="Set A config vars"),
        Made(4, "b", status="failed"),
        Made(5, "a", description="Add A"),
        Made(6, "b"),
        Made(7, "a", description="Rollback to v3"),
        Made(8, "a", description="Rollback to v2"),
        Made(9, "c", status="pending"),
    ]
    assert [one.version for one in changing_code(made[::-1])] == [9, 8, 7, 6, 4, 2]
    # Cut off: of its oldest nobody knows what ran before.
    assert [one.version for one in changing_code(made[2:6][::-1])] == [6, 4]
    assert [one.version for one in changing_code([Made(1, "a")])] == [1]


# Figures


def entry(minutes, outcome="finished", versions=(7,), operation="deploy", apps=("shop",)):
    releases = tuple((app, version) for app in apps for version in versions)
    return Entry(operation, outcome, at(minutes), releases, apps)


DAY = 24 * 60


def figures(*entries, leads=(), now=14 * DAY):
    return figures_of(sorted(entries, key=lambda one: one.at, reverse=True), leads, at(now))


def test_nothing_to_count():
    found = figures()
    assert (found.per_week, found.lead_s, found.failure_rate, found.restore_s) == (None,) * 4


def test_how_often():
    assert figures(entry(0), entry(DAY), entry(2 * DAY, "failed"), entry(3 * DAY)).per_week == 1.5
    # A single day is no week of such days.
    assert figures(entry(14 * DAY - 5)).per_week == 7


def test_lead_time_is_the_median():
    found = figures(entry(0), leads=[10.0, 20.0, 90.0])
    assert (found.lead_s, found.commits) == (20.0, 3)


def test_what_failed_and_what_was_taken_back():
    found = figures(
        entry(0),
        entry(10, "failed", ()),
        entry(20, "failed"),
        entry(30),
        entry(40, operation="rollback"),
        entry(50, "under way"),
        entry(60, "interrupted"),
    )
    # The failed build changed nothing; the last one is not mended.
    assert (found.failures, found.changes) == (3, 4)
    assert found.failure_rate == 0.75
    assert (found.restore_s, found.restored) == (600.0, 2)


def test_a_failed_rollback_takes_nothing_back_and_other_apps_are_others():
    found = figures(
        entry(0),
        entry(10, "failed", operation="rollback"),
        entry(20, operation="rollback", apps=("other",)),
    )
    assert found.failures == 0


outcomes = st.sampled_from(["finished", "released", "tagged", "failed", "interrupted"])


@given(st.lists(st.tuples(st.integers(0, 9999), outcomes, st.sampled_from(["deploy", "rollback"]))))
def test_they_are_never_more_than_there_is(told):
    found = figures(*(entry(one, outcome, (7,), kind) for one, outcome, kind in told))
    assert 0 <= found.failures <= found.changes <= len(told)
    assert found.restored <= found.failures
    assert found.restore_s is None or found.restore_s >= 0


def test_the_slowest_migrations():
    runs = tuple(MigrationTime(f"shop.{n}", seconds=float(n) if n else None) for n in range(9))
    one = replace(entry(0), record=replace(record(), migrations=runs))
    assert [run.name for run, _ in slowest([one], 2)] == ["shop.8", "shop.7"]


# Names


@pytest.mark.parametrize(
    ("template", "tag", "version"),
    [
        ("{environment}-v{version}", "uat-v431", 431),
        ("{environment}-v{version}", "live-v431", None),
        ("{environment}-v{version}", "uat-v0431", None),
        ("{environment}-v{version}", "uat-v", None),
        ("{environment}-v{version}", "uat-v431-rc1", None),
        ("v{version}", "v1.2", None),
        ("r/{app}+({version})[x].*", "r/shop+(12)[x].*", 12),
        ("{version}.{version}", "7.7", 7),
        ("{version}.{version}", "7.8", None),
        ("{version}", "\u0663", None),
        ("{app}{version}", "shop2431", 2431),
    ],
)
def test_names_by_template(template, tag, version):
    assert version_in(tag, template, "uat", "shop") == version
