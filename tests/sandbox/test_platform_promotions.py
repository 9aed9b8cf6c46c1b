"""Promotions: one slug, several targets, each with its own fate."""

import pytest
from platform_client import until


@pytest.fixture
def pipeline(client, new_name, sample_app):
    """An app in staging that runs the sample, and two in production."""
    name = new_name()
    stages = (("uat", "staging"), ("left", "production"), ("right", "production"))
    for suffix, stage in stages:
        client.create_app(
            f"{name}-{suffix}",
            database=False,
            pipeline=f"{name}-line",
            stage=stage,
            config_vars={"GREETING": suffix},
        )
    client.deploy(f"{name}-uat", sample_app.first)
    return [client.get(f"/apps/{name}-{suffix}") for suffix, _ in stages]


def order(client, source, *targets, **more):
    """The body of a promotion."""
    coupling = client.get(f"/apps/{source['name']}/pipeline-couplings")
    return {
        "pipeline": {"id": coupling["pipeline"]["id"]},
        "source": {"app": {"id": source["id"]}, **more},
        "targets": [{"app": {"id": target["id"]}} for target in targets],
    }


def promote(client, source, *targets, **more):
    """The targets of a promotion when it is over, by app id."""
    promotion = client.post("/pipeline-promotions", order(client, source, *targets, **more))
    assert promotion["status"] == "pending"
    path = f"/pipeline-promotions/{promotion['id']}"
    until(lambda: client.get(path)["status"], lambda status: status == "completed")
    return {each["app"]["id"]: each for each in client.get(f"{path}/promotion-targets")}


def test_the_slug_runs_on_the_target_with_the_targets_own_config(client, pipeline):
    uat, left, _ = pipeline
    targets = promote(client, uat, left)
    source, release = client.current(uat["name"]), client.current(left["name"])
    assert targets[left["id"]]["status"] == "succeeded"
    assert targets[left["id"]]["error_message"] is None
    assert targets[left["id"]]["release"]["id"] == release["id"]
    assert release["slug"] == source["slug"]
    assert release["description"].startswith(f"Promote {uat['name']} v{source['version']} ")
    # The slug is the target's now, too, and nothing was built for it.
    assert client.get(f"/apps/{left['name']}/slugs/{release['slug']['id']}")["commit"]
    assert client.get(f"/apps/{left['name']}/builds") == []
    site = until(lambda: client.site(left["name"]), lambda site: site[0] == 200)
    assert site[1]["greeting"] == "left"


def test_each_target_runs_its_own_release_phase(client, pipeline, sample_app):
    uat, left, right = pipeline
    client.deploy(uat["name"], sample_app.commit("phase", release_phase=True))
    client.patch(f"/apps/{right['name']}/config-vars", {"RELEASE_STATUS": "1"})
    before = client.current(right["name"])
    targets = promote(client, uat, left, right)
    assert targets[left["id"]]["status"] == "succeeded"
    failed = targets[right["id"]]
    assert (failed["status"], failed["error_message"]) == ("failed", "Release command failed.")
    release = client.get(f"/apps/{right['name']}/releases/{failed['release']['id']}")
    assert release["status"] == "failed"
    output = client.session.get(release["output_stream_url"], timeout=60)
    assert output.text == "releasing phase for right\n"
    assert client.current(right["name"]) == before


def test_an_older_release_of_the_source_can_be_promoted(client, pipeline, sample_app):
    uat, left, _ = pipeline
    old = client.current(uat["name"])
    client.deploy(uat["name"], sample_app.commit("newer"))
    promote(client, uat, left, release={"id": old["id"]})
    assert client.current(left["name"])["slug"] == old["slug"]


def test_an_impossible_promotion_is_refused_as_a_whole(client, pipeline, empty_app):
    uat, left, right = pipeline
    outsider = client.get(f"/apps/{empty_app}")
    for source, targets in ((uat, [outsider]), (uat, []), (uat, [uat]), (left, [right])):
        refused = client.refused("POST", "/pipeline-promotions", order(client, source, *targets))
        assert refused[:2] == (422, "invalid_params"), (source["name"], targets)
    body = order(client, uat, left)
    assert client.refused("POST", "/pipeline-promotions", {**body, "targets": None})[0] == 422
    body["pipeline"]["id"] = "no-pipeline"
    assert client.refused("POST", "/pipeline-promotions", body)[0] == 404
    assert client.current(left["name"])["slug"] is None
