"""Slugs: what a build makes of a commit, and how it fails."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from runtime_kit import FILES, Output, build, commit, git, make_builder, make_repo

from minion.sandbox.builds.builder import Builder, BuiltSlug
from minion.sandbox.builds.buildpack import find_manage_py, read_procfile
from minion.sandbox.builds.commands import BuildFailed

DJANGO = {
    "requirements.txt": "Django\n",
    "Procfile": "web: python manage.py runserver $PORT\n",
    "manage.py": (
        "import os, sys\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(sys.argv)\n"
    ),
    "settings.py": (
        "import os\n"
        "SECRET_KEY = os.environ['SECRET_KEY']\n"
        "INSTALLED_APPS = ['django.contrib.staticfiles']\n"
        "STATIC_URL = '/static/'\n"
        "STATIC_ROOT = 'collected'\n"
        "STATICFILES_DIRS = ['assets']\n"
    ),
    "assets/site.css": "a {}\n",
}


def make(
    folder: Path, files: Mapping[str, str], **config_vars: str
) -> tuple[Builder, BuiltSlug, str]:
    builder = make_builder(folder / "state")
    repo = folder / "repo" if (folder / "repo").exists() else make_repo(folder / "repo", files)
    slug, output = asyncio.run(build(builder, repo, config_vars))
    return builder, slug, output


def fail(folder: Path, files: Mapping[str, str], **config_vars: str) -> tuple[str, str]:
    builder, output = make_builder(folder / "state"), Output()
    repo = make_repo(folder / "repo", files)
    with pytest.raises(BuildFailed) as caught:
        asyncio.run(builder.build(repo / ".git", "main", {}, config_vars, output, 0))
    assert list((folder / "state" / "slugs").iterdir()) == [], "nothing is left of it"
    return str(caught.value), output.text


def test_a_slug_is_the_commit_and_not_the_work_tree(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {**FILES, "bin/run me": "#!/bin/sh\n"})
    (repo / "bin" / "run me").chmod(0o755)
    (repo / "link").symlink_to("serve.py")
    sha = commit(repo, {"ünïcode": "x"}, "Ship  it, “now”")
    (repo / "serve.py").write_text("changed, not committed")
    (repo / "left over").write_text("not committed")
    builder, slug, output = make(tmp_path, {})

    folder = builder.folder(slug.id)
    assert (folder / "serve.py").read_text() == FILES["serve.py"]
    assert not (folder / "left over").exists() and (folder / "ünïcode").exists()
    assert os.access(folder / "bin" / "run me", os.X_OK) and (folder / "link").is_symlink()
    assert (slug.commit, slug.commit_subject) == (sha, "Ship  it, “now”")
    assert slug.process_types == {"web": "python serve.py", "worker": "python -u worker.py"}
    assert slug.stack == "heroku-24" and slug.checksum.startswith("SHA256:")
    assert 0 < slug.size_bytes < 100_000
    assert (repo / "serve.py").read_text() == "changed, not committed"
    shown = [
        "Compressing source files... done.",
        "Building source:",
        "-----> Building on the Heroku-24 stack",
        "-----> Python app detected",
        "-----> Using Python 3.14, the default",
        "-----> Discovering process types",
        "Procfile declares types -> web, worker",
        "-----> Compressing...",
        "Done: ",
    ]
    assert [output.index(each) for each in shown] == sorted(output.index(each) for each in shown)
    assert "collectstatic" not in output, "there is no Django"


def test_slugignore_and_a_missing_procfile(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "",
        ".slugignore": "*.psd\n/docs\n",
        "art/big.psd": "x",
        "docs/a b.txt": "x",
        "code.py": "x",
    }
    builder, slug, output = make(tmp_path, files)
    left = {path.name for path in builder.folder(slug.id).rglob("*") if path.is_file()}
    assert left == {"requirements.txt", ".slugignore", "code.py"}
    assert slug.process_types == {} and "declares types -> (none)" in output


def test_an_unknown_commit_is_refused(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    with pytest.raises(BuildFailed, match="--output"):
        asyncio.run(Builder(tmp_path).build(repo / ".git", "--output=x", {}, {}, Output(), 0))


def test_static_files_are_collected_with_the_config_vars(tmp_path: Path) -> None:
    builder, slug, output = make(tmp_path, DJANGO, SECRET_KEY="s", PATH="/nowhere")
    assert "-----> $ python manage.py collectstatic --noinput" in output
    assert "1 static file copied" in output
    assert (builder.folder(slug.id) / "collected" / "site.css").exists()


def test_collectstatic_that_fails_fails_the_build(tmp_path: Path) -> None:
    text, output = fail(tmp_path, DJANGO, OTHER="a-secret", DEBUG_COLLECTSTATIC="1")
    assert text == "failed to compile Python app."
    assert "KeyError: 'SECRET_KEY'" in output
    assert "Error while running '$ python manage.py collectstatic --noinput'" in output
    assert "heroku config:set DISABLE_COLLECTSTATIC=1" in output
    assert "OTHER" in output and "a-secret" not in output


@pytest.mark.parametrize(
    ("config_vars", "files", "said"),
    [
        ({"DISABLE_COLLECTSTATIC": "1"}, {}, "the env var DISABLE_COLLECTSTATIC is set"),
        ({}, {".heroku/collectstatic_disabled": ""}, "collectstatic_disabled' exists"),
        ({"SECRET_KEY": "s", "DISABLE_COLLECTSTATIC": "0"}, {}, "1 static file copied"),
        ({"SECRET_KEY": "s", "DISABLE_COLLECTSTATIC": ""}, {}, "1 static file copied"),
    ],
)
def test_when_collectstatic_is_skipped(
    tmp_path: Path, config_vars: dict[str, str], files: dict[str, str], said: str
) -> None:
    _, _, output = make(tmp_path, {**DJANGO, **files}, **config_vars)
    assert said in output


def test_without_manage_py_there_is_nothing_to_collect_with(tmp_path: Path) -> None:
    files = {name: text for name, text in DJANGO.items() if name != "manage.py"}
    _, _, output = make(tmp_path, files)
    assert "Skipping Django collectstatic since no manage.py file found." in output


def test_the_shallowest_manage_py_counts(tmp_path: Path) -> None:
    for name in ("a/b/manage.py", "b/manage.py", "a/b/c/manage.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert find_manage_py(tmp_path) == Path("b/manage.py")
    (tmp_path / "b" / "manage.py").unlink()
    assert find_manage_py(tmp_path) == Path("a/b/manage.py")
    (tmp_path / "a" / "b" / "manage.py").unlink()
    assert find_manage_py(tmp_path) is None


def test_procfile_lines(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text(
        "# web: no\n\tweb:  gunicorn a:b --log x \r\n\nno.type x\n  release r\nclock:r\n"
    )
    assert read_procfile(tmp_path) == (
        {"web": "gunicorn a:b --log x", "release": "r"},
        {4: "no.type x", 6: "clock:r"},
    )


def test_missing_requirements_get_an_environment_that_is_kept(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels")
    files = {
        "requirements.txt": f"--no-index\n--find-links {wheel.parent}\nfar-away==1.0\n",
        "Procfile": "web: python -m far_away\n",
    }
    builder, slug, output = make(tmp_path, files)
    assert "far-away==1.0" in output
    variables = builder.environment(slug.id)
    told = subprocess.run(
        ["python", "-m", "far_away"],
        env=variables,
        executable=str(Path(variables["PATH"].split(":")[0]) / "python"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "far away\n"
    commit(tmp_path / "repo", {"other.py": ""}, "Same requirements")
    _, _, output = make(tmp_path, files)
    assert "Restoring cache" in output and "Installing dependencies" not in output


def test_an_environment_that_is_gone_is_made_again_for_a_dyno(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels")
    files = {"requirements.txt": f"--no-index\n--find-links {wheel.parent}\nfar-away==1.0\n"}
    builder, slug, _ = make(tmp_path, files)
    environment = Path(builder.environment(slug.id)["VIRTUAL_ENV"])

    async def use() -> None:
        async with builder.workspace(slug.id):
            assert list(environment.glob("lib/*/site-packages/far_away.py"))

    shutil.rmtree(environment)
    asyncio.run(use())
    shutil.rmtree(environment)
    wheel.unlink()
    with pytest.raises(OSError, match="deploy"):
        asyncio.run(use())


def test_without_network_what_was_installed_in_an_earlier_week_is_used(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels")
    files = {"requirements.txt": f"--no-index\n--find-links {wheel.parent}\nfar-away==1.0\n"}
    builder, slug, _ = make(tmp_path, files)
    environment = Path(builder.environment(slug.id)["VIRTUAL_ENV"])
    earlier = environment.with_name(environment.name.partition("-")[0] + "-2020-01")
    environment.rename(earlier)
    shutil.rmtree(tmp_path / "state" / "caches")
    wheel.unlink()
    builder, slug, output = make(tmp_path, files)
    assert "What an earlier build installed for the same is used" in output
    assert builder.environment(slug.id)["VIRTUAL_ENV"] == str(earlier)


def test_requirements_that_cannot_be_installed_fail_the_build(tmp_path: Path) -> None:
    text, output = fail(tmp_path, {"requirements.txt": "--no-index\nno-such-thing-at-all\n"})
    assert text == "failed to compile Python app."
    assert "No matching distribution found for no-such-thing-at-all" in output, "pip's own words"
    assert "Error: requirements.txt: what it declares could not be installed" in output


def make_wheel(folder: Path) -> Path:
    folder.mkdir()
    path = folder / "far_away-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("far_away.py", "print('far away')\n")
        info = "far_away-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: far-away\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


def test_submodules_are_fetched(tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner", {"deep.txt": "deep"})
    middle = make_repo(tmp_path / "middle", {"mid.txt": "mid"})
    add_submodule(middle, inner, "lib/inner")
    repo = make_repo(tmp_path / "repo", {"requirements.txt": ""})
    add_submodule(repo, middle, "vendor/the middle")
    commit(middle, {"mid.txt": "newer than what is pinned"}, "Move on")
    builder, slug, output = make(tmp_path, {})
    assert "Git submodules detected" in output
    folder = builder.folder(slug.id) / "vendor" / "the middle"
    assert (folder / "mid.txt").read_text() == "mid"
    assert (folder / "lib" / "inner" / "deep.txt").read_text() == "deep"


def test_a_submodule_that_cannot_be_fetched_fails_the_build(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"requirements.txt": ""})
    middle = make_repo(tmp_path / "middle", {"mid.txt": "mid"})
    add_submodule(repo, middle, "vendor")
    middle.rename(tmp_path / "gone")
    with pytest.raises(BuildFailed):
        asyncio.run(Builder(tmp_path / "s").build(repo / ".git", "main", {}, {}, Output(), 0))


def add_submodule(repo: Path, other: Path, path: str) -> None:
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), path)
    git(repo, "commit", "--quiet", "-m", "Add a submodule")
