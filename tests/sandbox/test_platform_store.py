"""The state on disk."""

import stat

import pytest

from minion.sandbox.state.records import App, Release
from minion.sandbox.state.store import Store


def test_what_was_saved_is_there_at_the_next_start(tmp_path):
    store = Store(tmp_path / "state.db")
    shop = App(name="shop", config_vars={"A": "é\n"}, formation={"web": {"quantity": 2}})
    releases = [Release(app_id=shop.id, version=number) for number in (1, 2, 3)]
    store.save(shop, *releases)
    releases[1].status = "failed"
    store.save(releases[1])
    store.delete(releases[0])
    # No close: a daemon that is killed does not come to it.
    again = Store(tmp_path / "state.db")
    assert again.all(App) == [shop]
    assert [(each.version, each.status) for each in again.all(Release)] == [
        (2, "failed"),
        (3, "pending"),
    ]
    assert again.first(Release, app_id=shop.id, version=3) == releases[2]
    assert again.get(Release, None) is None


def test_the_file_is_private_since_it_holds_the_token(tmp_path):
    Store(tmp_path / "state.db")
    assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) == 0o600


def test_records_keep_their_order_of_birth(tmp_path):
    store = Store(tmp_path / "state.db")
    apps = [App(name=f"app-{number}") for number in range(20)]
    for app in apps:
        store.save(app)
    store.save(apps[0])
    assert Store(tmp_path / "state.db").all(App) == apps


def test_records_are_saved_together_or_not_at_all(tmp_path):
    store = Store(tmp_path / "state.db")
    good, bad = App(name="good"), App(name="bad")
    bad.config_vars = {"A": object()}
    with pytest.raises(TypeError):
        store.save(good, bad)
    assert Store(tmp_path / "state.db").all(App) == []
