"""Environments that several sandboxes have in common."""

import os
import threading
import time

from minion.sandbox.builds.cache import COMPLETE, alone, prune, shared_folder, use


def environment(folder, name, age_s=0.0):
    made = folder / name
    made.mkdir(parents=True)
    mark = made / COMPLETE
    mark.touch()
    moment = time.time() - age_s
    os.utime(mark, (moment, moment))
    return made


def test_what_was_not_used_for_long_is_removed(tmp_path):
    old, new = environment(tmp_path, "old", 900), environment(tmp_path, "new", 100)
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    prune(tmp_path, 500)
    assert (old.exists(), new.exists(), unfinished.exists()) == (False, True, True)


def test_what_is_used_is_kept(tmp_path):
    made = environment(tmp_path, "made", 900)
    use(made)
    use(tmp_path / "gone")
    prune(tmp_path, 500)
    assert made.exists()


def test_one_after_the_other(tmp_path):
    order, begun = [], threading.Event()

    def other():
        begun.set()
        with alone(tmp_path, "name"):
            order.append("other")

    with alone(tmp_path, "name"):
        thread = threading.Thread(target=other)
        thread.start()
        assert begun.wait(30)
        with alone(tmp_path, "another"):
            order.append("another")
        order.append("first")
    thread.join(30)
    assert order == ["another", "first", "other"]


def test_the_folder_is_the_user_s(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert shared_folder() == tmp_path / "heroku-minion" / "environments"
