"""What to type next is what was asked, all of it."""

import shlex

from fabric.main import parse_arguments
from hypothesis import given
from hypothesis import strategies as st

from minion.operations import all_operations
from minion.operations.config import ConfigRequest
from minion.operations.deploy import DeployRequest
from minion.operations.maintenance import MaintenanceRequest
from minion.operations.migrate_data import MoveRequest
from minion.operations.rollback import RollbackRequest
from minion.options import ALL, Option
from minion.tasks.parsing import deploy_request, parse_bool, parse_version

ENVIRONMENTS = st.sampled_from(["dev", "uat", "live"])
MAYBE = st.none() | st.booleans()
#: git allows no backslash in a name.
CHARACTERS = st.characters(exclude_categories=["C", "Z"], exclude_characters="\\\\")
BRANCHES = st.none() | st.text(CHARACTERS, min_size=1)
DEPLOYMENTS = st.builds(
    DeployRequest,
    ENVIRONMENTS,
    branch=BRANCHES,
    options=st.none() | st.integers(0, int(ALL)).map(Option),
    force=st.booleans(),
    preboot=MAYBE,
    pipeline=MAYBE,
    maintenance=MAYBE,
    watch_s=st.none() | st.integers(0, 3_600_000).map(lambda ms: ms / 1000),
)
ROLLBACKS = st.builds(RollbackRequest, ENVIRONMENTS, st.none() | st.integers(1, 9999))
MOVES = st.builds(
    MoveRequest, ENVIRONMENTS, ENVIRONMENTS, st.sampled_from(["new", "latest", "b012"])
)


def typed(request):
    """Task, arguments and named arguments, as Fabric reads them from a shell."""
    program, call = shlex.split(request.command)
    assert program == "fab"
    return parse_arguments([call])[0][:3]


@given(DEPLOYMENTS)
def test_a_deployment_is_asked_for_again_as_it_was(request):
    task, (environment,), named = typed(request)
    words = {
        "branch": "",
        "options": "",
        "force": "no",
        "preboot": "",
        "pipeline": "",
        "maintenance": "auto",
        "watch": "",
    }
    assert task == "deploy"
    assert deploy_request(environment, **{**words, **named}) == request


@given(ROLLBACKS, st.booleans())
def test_a_rollback_is_asked_for_again_as_it_was(request, keeps):
    request = RollbackRequest(request.environment, request.version, keeps)
    task, (environment, *version), named = typed(request)
    assert task == "rollback"
    again = RollbackRequest(
        environment, parse_version(*version or [""]), named.get("migrations") == "keep"
    )
    assert again == request


@given(MOVES, st.booleans())
def test_a_move_is_asked_for_again_as_it_was(request, keep):
    request = MoveRequest(request.source, request.target, request.backup, keep)
    task, ends, named = typed(request)
    assert task == "migrate_data"
    keeps = parse_bool("keep", named.get("keep", "no"))
    assert MoveRequest(*ends, named.get("backup", "new"), keeps) == request


@given(ENVIRONMENTS, st.booleans(), st.booleans())
def test_config_vars_are_asked_for_again_as_they_were(environment, prune, reveal):
    request = ConfigRequest(environment, prune, reveal)
    task, (name,), named = typed(request)
    assert task == "config"
    said = [parse_bool(key, named.get(key, "no")) for key in ("prune", "reveal")]
    assert ConfigRequest(name, *said) == request


@given(ENVIRONMENTS, st.booleans())
def test_a_page_is_asked_for_again_as_it_was(environment, up):
    task, (name, switch), named = typed(MaintenanceRequest(environment, up))
    assert (task, named) == ("maintenance", {})
    assert MaintenanceRequest(name, parse_bool("", switch)) == MaintenanceRequest(environment, up)


def test_every_operation_can_be_asked_for_again():
    assert {one.request for one in all_operations().values()} == {
        ConfigRequest,
        DeployRequest,
        MaintenanceRequest,
        MoveRequest,
        RollbackRequest,
    }
