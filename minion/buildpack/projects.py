"""Whether the buildpack takes a project at all, and what may not lie in it (bin/detect, checks)."""

from __future__ import annotations

from collections.abc import Mapping

from minion.buildpack.source import Refusal, Source, first_present

#: One of these in the root makes a project a Python project.
SIGNS = (
    *(".python-version", "__init__.py", "app.py", "main.py", "manage.py", "pdm.lock"),
    *("Pipfile", "Pipfile.lock", "poetry.lock", "pyproject.toml", "requirements.txt"),
    *("runtime.txt", "server.py", "setup.cfg", "setup.py", "uv.lock", "requeriments.txt"),
    *("requirement.txt", "requirements", "requirements.text", "Requirements.txt"),
    *("requirements.txt.txt", "requirments.txt", "__pycache__", ".venv", "venv"),
)
#: What makes a project one of another language (Dev Center: Buildpacks).
LANGUAGES = {
    "Gemfile": "Ruby",
    "package.json": "Node.js",
    "project.clj": "Clojure",
    "pom.xml": "Java",
    "build.gradle": "Java (Gradle)",
    "build.sbt": "Scala",
    "composer.json": "PHP",
    "index.php": "PHP",
    "go.mod": "Go",
    "heroku.yml": "a container",
}
#: Config vars by which buildpacks of others build one folder of a repository.
MONOREPO = ("PROJECT_PATH", "APP_BASE")


def is_python(source: Source) -> bool:
    """Whether the buildpack takes the project."""
    return first_present(source, SIGNS) is not None


def language_of(source: Source) -> str | None:
    """The other language that a project has the files of."""
    found = first_present(source, LANGUAGES)
    return LANGUAGES[found] if found else None


def folder_of_monorepo(config_vars: Mapping[str, str]) -> str | None:
    """The config var that names the folder to build."""
    return next((name for name in MONOREPO if config_vars.get(name)), None)


def python_in_the_way(source: Source) -> Refusal | None:
    """A Python where the buildpack puts its own."""
    if not source.has(".heroku/python"):
        return None
    where = ".heroku/python"
    return Refusal(where, "is where the buildpack installs Python", f"git rm -r {where}")


def committed_environment(source: Source) -> Refusal | None:
    """A virtual environment among the project's files."""
    for name in (".venv", "venv"):
        if source.text(f"{name}/pyvenv.cfg") is not None:
            cure = f"git rm -r --cached {name}, and add {name}/ to .gitignore"
            return Refusal(name, "is a virtual environment, which works on one machine only", cure)
    return None
