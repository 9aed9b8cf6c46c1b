"""minion.analyser.jobs: tasks of a queue whose arguments a deployment changes."""

from __future__ import annotations

import pytest
from gits import Project, isolate

from minion.analyser.jobs import changed_tasks, task_notes
from minion.git import Repository
from minion.git.records import Change

CELERY = "from celery import shared_task\n"


def told(before: str, after: str, head: str = CELERY) -> str:
    """What is said of a file ``shop/tasks.py``, "" where nothing is."""
    lines = changed_tasks(
        {"shop/tasks.py": (head + before).encode()}, {"shop/tasks.py": (head + after).encode()}
    )
    return "\n".join(lines)


def celery(arguments: str, decorator: str = "@shared_task") -> str:
    return f"\n\n{decorator}\ndef send({arguments}):\n    pass\n"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("order", "order, lang", "lack lang"),
        ("order", "order, lang", "pass lang, which old workers do not know"),
        ("order", "order, lang='en'", "may pass lang, which old workers do not know"),
        ("order", "order, *, lang='en'", "may pass lang, which old workers do not know"),
        ("order, lang", "order", "pass lang, which it does not take any more"),
        ("order", "number", "pass order, which it does not take any more"),
        ("order, lang='en'", "order, lang", "may lack lang"),
        ("order, lang", "order, lang='en'", "may leave out lang, which old workers need"),
        ("order, lang", "lang, order", "another place"),
        ("order, lang", "order, *, lang", "only by name"),
        ("order, **more", "order", "pass others by name"),
        ("order, *more", "order", "pass more by place"),
        ("order", "order, *more", "may pass more by place, which old workers do not know"),
    ],
)
def test_other_arguments_are_told_with_file_line_and_task(before, after, words):
    found = told(celery(before), celery(after))
    assert found.startswith("shop/tasks.py:5: the task shop.tasks.send takes other arguments: ")
    assert words in found
    assert "\n" not in found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("order", "order"),
        ("order", "order: int"),
        ("order, **more", "order, *, lang='en', **more"),
        ("order, lang='en'", "order, lang='de'"),
        ("order, **more", "order, **rest"),
        ("order, /", "number, /"),
    ],
)
def test_the_same_arguments_are_not_told(before, after):
    assert told(celery(before), celery(after)) == ""


@pytest.mark.parametrize(
    ("head", "decorator", "name"),
    [
        ("from celery import shared_task\n", "@shared_task(queue='mail')", "shop.tasks.send"),
        ("from celery import shared_task as st\n", "@st", "shop.tasks.send"),
        ("import celery\n", "@celery.shared_task", "shop.tasks.send"),
        ("from proj.celery import app\n", "@app.task(name='mail.send')", "mail.send"),
        ("from proj.celery import app\n", "@app.task", "shop.tasks.send"),
        ("from django_rq import job\n", "@job", "shop.tasks.send"),
        ("from rq.decorators import job\n", "@job('low', timeout=3)", "shop.tasks.send"),
        ("import dramatiq\n", "@dramatiq.actor", "send"),
        ("from dramatiq import actor\n", "@actor(actor_name='mail')", "mail"),
        ("from huey.contrib.djhuey import db_task\n", "@db_task()", "shop.tasks.send"),
        ("from django.tasks import task\n", "@task()", "shop.tasks.send"),
    ],
)
def test_tasks_of_every_kind_of_queue(head, decorator, name):
    found = told(celery("order", decorator), celery("order, lang", decorator), head)
    assert f"the task {name} takes other arguments" in found


@pytest.mark.parametrize(
    ("head", "decorator"),
    [
        ("from invoke import task\n", "@task"),
        ("from fabric.api import task\n", "@task"),
        ("import locust\n", "@locust.task"),
        ("from functools import cache\n", "@cache"),
        ("", "@task"),
        ("from proj.hiring import job\n", "@job"),
    ],
)
def test_what_is_no_task_of_a_queue_is_not_told(head, decorator):
    assert told(celery("order", decorator), celery("order, lang", decorator), head) == ""


def test_a_bound_task_does_not_count_itself():
    bound = "@shared_task(bind=True)"
    assert told(celery("self, order", bound), celery("task, order", bound)) == ""
    assert told(celery("order"), celery("self, order", bound)) == ""
    assert "lack lang" in told(celery("self, order", bound), celery("self, order, lang", bound))


def test_a_task_that_is_gone_is_told_and_a_new_one_is_not():
    found = told(celery("order"), "")
    assert found == (
        "shop/tasks.py: the task shop.tasks.send is gone: what is queued of it then fails, or is "
        "thrown away. Keep it until its queue is empty"
    )
    assert told("", celery("order")) == ""


def test_a_task_that_keeps_its_name_may_move():
    named = celery("order", "@shared_task(name='send')").encode()
    there, here = (
        {"shop/tasks.py": CELERY.encode() + named},
        {"shop/mail.py": CELERY.encode() + named},
    )
    assert changed_tasks(there, here) == ()
    (gone,) = changed_tasks(
        {"shop/tasks.py": (CELERY + celery("order")).encode()},
        {"shop/mail.py": (CELERY + celery("order")).encode()},
    )
    assert "shop.tasks.send is gone" in gone


@pytest.mark.parametrize("text", [b"def (:\n", b"\xff\xfe@", b"@shared_task\ndef f(: pass"])
def test_what_cannot_be_parsed_is_not_told(text):
    good = (CELERY + celery("order")).encode()
    assert changed_tasks({"a.py": text}, {"a.py": good}) == ()
    assert changed_tasks({"a.py": good}, {"a.py": text}) == ()


def test_the_changed_files_of_two_commits_are_compared(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    project = Project(tmp_path / "project")
    base = project.commit_files(
        "Before.",
        {
            "shop/tasks.py": CELERY + celery("order"),
            "shop/tests/tasks.py": CELERY + celery("order"),
            "shop/same.py": CELERY + celery("order"),
        },
    )
    target = project.commit_files(
        "After.",
        {
            "shop/tasks.py": CELERY + celery("order, lang"),
            "shop/tests/tasks.py": CELERY + celery("order, lang"),
        },
    )
    repository = Repository.open(project.root)
    (note,) = task_notes(repository, base, target, repository.changes(base, target))
    assert note.startswith("shop/tasks.py:5: ")
    assert task_notes(repository, base, target, [Change("shop/site.css", "M")]) == ()
