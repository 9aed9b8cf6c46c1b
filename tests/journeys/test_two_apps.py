"""An environment of two apps: what befalls the second one counts as much."""

import pytest
from disturbing import until_held

ONE, TWO = APPS = ("bookshop-dev", "bookshop-dev-b")
BOTH = f"confirm={ONE}+{TWO}"


@pytest.fixture(scope="module")
def ready(operator, shop):
    found = shop.api("GET", f"/apps/{ONE}/config-vars")
    values = {name: value for name, value in found.items() if name != "DATABASE_URL"}
    body = {"name": TWO, "config_vars": values, "pipeline": "bookshop", "stage": "development"}
    shop.state["apps"][TWO] = shop.api("POST", "/_sandbox/apps", body)
    shop.git("checkout", "-q", "-B", "work", "dev")
    settings = (shop.project / "minion.toml").read_text()
    both = settings.replace(f'app = "{ONE}"', f'apps = ["{ONE}", "{TWO}"]')
    settings = both.replace('branch = "dev"', 'branch = "work"\ntag = "{app}-v{version}"')
    shop.commit("Two apps", {"minion.toml": settings})
    operator.fab("sandbox", f"deploy:dev,{BOTH}")
    return shop


def config_var(shop, app, **values):
    shop.api("PATCH", f"/apps/{app}/config-vars", values)


def values_of(shop, key):
    return [shop.api("GET", f"/apps/{app}/config-vars").get(key) for app in APPS]


@pytest.fixture
def wanted(ready):
    """Something in dev.env that neither app has yet."""
    path = ready.project.parent / "config" / "dev.env"
    before = path.read_text()
    number = ready.newest(TWO)["version"]
    path.write_text(f"{before}\nPAIR=wanted-{number}\n")
    yield f"wanted-{number}"
    path.write_text(before)
    ready.api("DELETE", "/_sandbox/faults")


def test_a_release_of_the_second_app_outdates_the_plan(operator, ready):
    ready.commit("A note", {"NOTE.txt": "one\n"})
    plan = operator.json("sandbox", "plan:dev,format=json")
    assert [one["app"] for one in plan["before"]] == list(APPS)
    config_var(ready, TWO, MOVED="yes")
    before = [ready.newest(app)["version"] for app in APPS]
    refused = operator.fab("sandbox", f"deploy:dev,confirm={plan['plan']}", status=1)
    assert f"neither {ONE}+{TWO} nor this plan" in refused.stderr
    assert [ready.newest(app)["version"] for app in APPS] == before


@pytest.mark.whole
def test_each_app_is_told_with_the_release_that_it_had(operator, ready):
    """Their versions differ, and the second one's build fails."""
    ready.commit("A note", {"NOTE.txt": "two\n"})
    fault = {"method": "POST", "path": f"{TWO}.git/git-receive-pack", "times": 20, "status": 403}
    ready.api("POST", "/_sandbox/faults", fault)
    versions = [ready.newest(app)["version"] for app in APPS]
    assert versions[0] != versions[1]
    said = operator.fab("sandbox", f"deploy:dev,{BOTH}", status=1).stderr
    ready.api("DELETE", "/_sandbox/faults")
    assert f"{ONE} runs v{versions[0] + 1}" in said
    assert f"before: v{versions[0]} (" in said
    assert f"{TWO}: no new release; v{versions[1]} (" in said
    operator.fab("sandbox", f"deploy:dev,{BOTH}")


def test_config_vars_go_back_where_the_second_app_refuses_them(operator, ready, wanted):
    fault = {"method": "PATCH", "path": f"/apps/{TWO}/config-vars$", "times": 1, "status": 422}
    ready.api("POST", "/_sandbox/faults", fault)
    said = operator.fab("sandbox", f"config:dev,{BOTH}", status=1)
    assert f"{ONE}: the config vars are as they were." in said.stderr
    assert f"{TWO}: the config vars are as they were." in said.stderr
    assert "When the cause is mended: fab sandbox config:dev" in said.stderr
    assert wanted not in values_of(ready, "PAIR")
    operator.fab("sandbox", f"config:dev,{BOTH}")
    assert values_of(ready, "PAIR") == [wanted, wanted]


def test_a_second_app_whose_values_moved_outdates_the_plan(operator, ready, wanted):
    shown = operator.fab("sandbox", "config:dev", status=1).stderr
    plan = shown.rpartition("confirm=")[2].split()[0].rstrip(".,")
    config_var(ready, TWO, PAIR=f"not {wanted}")
    refused = operator.fab("sandbox", f"config:dev,confirm={plan}", status=1).stderr
    assert "Nothing was changed" in refused
    assert values_of(ready, "PAIR")[1] == f"not {wanted}"
    assert values_of(ready, "PAIR")[0] != wanted


def test_what_a_colleague_sets_meanwhile_is_not_put_back(operator, ready, wanted):
    """It comes between the two apps; the first one goes back, the colleague's value stays."""
    fault = {"method": "PATCH", "path": f"/apps/{ONE}/config-vars$", "times": 1}
    ready.api("POST", "/_sandbox/faults", {**fault, "hold": True, "after": True})
    with operator.begun("sandbox", f"config:dev,{BOTH}") as process:
        until_held(ready, process)
        config_var(ready, TWO, PAIR=f"not {wanted}")
        ready.api("DELETE", "/_sandbox/held")
        said = process.communicate(timeout=300)[0]
    assert process.returncode == 1, said
    assert f"{TWO}: its config vars were changed since they were shown" in said
    assert f"{ONE}: the config vars are as they were." in said
    assert values_of(ready, "PAIR")[1] == f"not {wanted}"
    assert values_of(ready, "PAIR")[0] != wanted
