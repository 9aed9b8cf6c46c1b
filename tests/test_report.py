import json

from builders import BREAKING, EXPAND, SETTINGS, app, facts, readings

from minion.git.records import Change, Commit
from minion.operations.deploy.plan import make_plan
from minion.operations.deploy.report import document, report
from minion.operations.deploy.request import DeployRequest
from minion.options import Option

SAMPLE = """\
File changes:

* admin.py

Git log since latest release (v423):

* 286ea45  Fix for 1397.

Options have been automatically set to a value of 1 from the contents of the deployment.

----------------------------
Target environment:  live
Git branch:          master
Git remote:          https://git.heroku.com/my-app-123.git
Force push:          False
Preboot:             True
Pipeline:            True
Heroku app:          my-app-123

Options:             1

[1] Git push:        True
[2] Syncdb:          False
[4] Migrations:      False
[8] Load fixtures:   False
[16] Collect static: False
"""


def make(environment="live", found=None, **asked):
    found = found or facts(promoted=True, paths=("admin.py",))
    return make_plan(DeployRequest(environment, **asked), SETTINGS, found)


def test_the_report_begins_with_the_lines_that_teams_know():
    text = report(make())
    assert text.startswith(SAMPLE)
    rest = text[len(SAMPLE) :].splitlines()
    assert rest[1:3] == ["Commit:              286ea45", "Downtime:            False"]
    assert "-" * 28 in rest


def test_why_each_option_is_set_follows_the_block():
    text = report(make(found=facts(promoted=True, paths=("shop/migrations/0002_x.py",))))
    after = text.rsplit("-" * 28, 1)[1]
    assert "Migrations, because of:\n\n* shop/migrations/0002_x.py" in after
    assert "Downtime, because of:" in after


def test_a_disagreement_shows_both():
    found = facts(app("my-app-uat"), paths=("shop/migrations/0002_x.py",))
    text = report(make("uat", found, options=Option.PUSH))
    assert "set to a value of 1 by hand" in text
    assert "ASK FOR 5 (push+migrate), NOT 1 (push)" in text


def test_odd_names_cannot_repaint_the_report():
    odd = facts(
        app("my-app-uat"),
        changes=(Change("a\nb \x1b[2J.py", "D"),),
        commits=(Commit("a" * 40, "sub\x1b[1Aject"),),
    )
    text = report(make("uat", odd))
    assert "* a\\nb \\x1b[2J.py (deleted)" in text
    assert "\x1b" not in text


def test_long_lists_are_cut_and_say_so():
    changes = tuple(Change(f"f{number}.py", "M") for number in range(100))
    text = report(make("uat", facts(app("my-app-uat"), changes=changes)))
    assert "... and 40 more" in text
    assert len(document(make("uat", facts(app("my-app-uat"), changes=changes)))["files"]) == 100


def test_where_old_code_breaks_two_deployments_are_thought_of():
    paths = ("shop/migrations/0002_x.py",)
    made = make(found=facts(promoted=True, paths=paths, readings=readings(BREAKING)))
    assert "two deployments without the page: fab split:000000000000" in report(made)
    calm = make(found=facts(promoted=True, paths=paths, readings=readings(EXPAND)))
    assert "fab split" not in report(calm)


def test_the_document_has_every_promised_key():
    paths = ("shop/migrations/0002_x.py",)
    made = make(found=facts(promoted=True, paths=paths, readings=readings(BREAKING)))
    value = json.loads(json.dumps(document(made)))
    promised = (
        "plan environment apps branch remote force preboot pipeline from to files commits options "
        "options_set_by reasons downtime migrations steps warnings"
    )
    assert set(promised.split()) <= set(value)
    assert value["from"] == {"release": 423, "commit": "0" * 39 + "1"}
    assert value["to"]["commit"].startswith("286ea45")
    assert value["options"] == 5
    assert value["options_set_by"] == "contents"
    assert value["reasons"]["4"] == ["shop/migrations/0002_x.py"]
    migration = value["migrations"][0]
    assert migration["path"] == "shop/migrations/0002_x.py"
    assert (migration["class"], migration["locks"], migration["irreversible"]) == (
        "breaking",
        False,
        False,
    )
    assert "RenameField" in migration["why"]
    assert value["downtime"]["needed"] is True
    assert value["steps"][0] == "my-app-123: preboot off for this deployment"
