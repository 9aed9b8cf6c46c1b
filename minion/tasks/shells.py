"""What a shell offers for Tab, as a script that asks nobody but awk and the settings file.

Python alone would take longer to start than anybody waits for Tab. The tasks and their arguments
come from the doors, so that the script is true of the version that printed it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from minion.errors import ArgumentError

if TYPE_CHECKING:
    from minion.tasks.doors import Door

YES_NO = ("yes", "no")
#: Stands for the environments of the settings file.
ENVIRONMENTS = "@"
#: What an argument takes, by its name or, where tasks differ, by the task's and its own.
VALUES: Mapping[str, tuple[str, ...]] = {
    "environment": (ENVIRONMENTS,),
    "source": (ENVIRONMENTS,),
    "migrate_data.target": (ENVIRONMENTS, "local"),
    "force": YES_NO,
    "preboot": YES_NO,
    "pipeline": YES_NO,
    "maintenance": ("auto", *YES_NO),
    "measure": (*YES_NO, "unknown"),
    "watch": ("60s", "no"),
    "format": ("text", "json"),
    "plan.format": ("text", "json", "markdown"),
    "analyse.format": ("text", "json", "github", "markdown"),
    "analyse.base": ("merge", "tip"),
    "fail_on": ("downtime", "breaking", "locks"),
    "check": YES_NO,
    "prune": YES_NO,
    "reveal": YES_NO,
    "keep": YES_NO,
    "backup": ("new", "latest"),
    "how": ("ask", "finish", "back"),
    "journal": ("keep", "drop"),
    "switch": ("on", "off"),
    "migrations": ("auto", "keep"),
    "action": ("start", "stop", "reset", "status", "differences"),
    "shell": ("bash", "zsh", "fish"),
}
SHELLS = VALUES["shell"]

#: No quote and no backslash in it: it stands in quotes in three languages.
_AWK = """
function offer(word) { if (index(word, current) == 1) print word }
function environments(   folder, path, line, count, parts) {
  path = ENVIRON["MINION_SETTINGS"]
  if (path != "" && (getline line < (path "/minion.toml")) >= 0) path = path "/minion.toml"
  folder = ENVIRON["PWD"]
  while (path == "" || (getline line < path) < 0) {
    if (path == folder "/minion.toml" && folder == "") return ""
    if (path == folder "/minion.toml") sub("/[^/]*$", "", folder)
    path = folder "/minion.toml"
  }
  close(path)
  while ((getline line < path) > 0)
    if (line ~ /^ *[[]environments[.][A-Za-z0-9_-]+[]]/) {
      split(line, parts, "[][.]")
      found = found parts[3] "|"
    }
  return found
}
function values(parameter, before,   list, count, number) {
  list = substr(parameter, index(parameter, "=") + 1)
  if (sub("@", environments(), list)) gsub("[|][|]", "|", list)
  count = split(list, one, "|")
  for (number = 1; number <= count; number++)
    if (one[number] != "") offer(before one[number])
}
BEGIN {
  current = ENVIRON["MINION_WORD"]
  count = split(TASKS, tasks, ";")
  colon = index(current, ":")
  if (!colon) {
    for (number = 1; number <= count; number++) {
      split(tasks[number], words, " ")
      offer(words[1] (words[2] ~ /^!/ ? ":" : ""))
    }
    exit
  }
  for (number = 1; number <= count; number++) {
    amount = split(tasks[number], words, " ")
    if (words[1] == substr(current, 1, colon - 1)) break
  }
  if (number > count) exit
  amount_given = split(substr(current, colon + 1), given, ",")
  last = current
  sub("^.*[:,]", "", last)
  before = substr(current, 1, length(current) - length(last))
  place = 2
  for (number = 1; number < amount_given + (last == ""); number++)
    if (index(given[number], "=")) named[substr(given[number], 1, index(given[number], "=") - 1)]
    else if (given[number] != "" ) place++
  for (number = 2; number <= amount; number++) {
    name = words[number]
    sub("^!", "", name)
    sub("=.*", "", name)
    if (index(last, "=")) {
      if (name == substr(last, 1, index(last, "=") - 1)) values(words[number], before name "=")
    } else if (number == place && (words[number] ~ /^!/ || number == 2)) {
      values(words[number], before)
      if (words[number] !~ /^!/) offer(before name "=")
    } else if (number > place && !(name in named)) offer(before name "=")
    else if (number == place && !(name in named)) offer(before name "=")
  }
}
"""

_BASH = """
_minion_words() { MINION_WORD="$1" awk -v TASKS='{tasks}' '{awk}' < /dev/null 2> /dev/null; }
_minion() {
  local line="${COMP_LINE:0:COMP_POINT}" word
  word="${line##*[[:space:]]}"
  local IFS=$'\\n'
  COMPREPLY=($(_minion_words "$word"))
  # bash takes what stands behind the last colon or equals sign for the word.
  local kept="${word%"${word##*[:=]}"}"
  COMPREPLY=("${COMPREPLY[@]#"$kept"}")
  compopt -o nospace 2> /dev/null
}
complete -F _minion fab minion
"""

_ZSH = """
_minion_words() { MINION_WORD="$1" awk -v TASKS='{tasks}' '{awk}' < /dev/null 2> /dev/null }
_minion() {
  local -a found
  found=("${(@f)$(_minion_words "${words[CURRENT]}")}")
  compadd -S '' -a -- found
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u }
compdef _minion fab minion
"""

_FISH = """
function __minion_words
  set -lx MINION_WORD (commandline -ct)
  awk -v TASKS='{tasks}' '{awk}' < /dev/null 2> /dev/null
end
complete -c fab -f -a '(__minion_words)'
complete -c minion -f -a '(__minion_words)'
"""
_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}

#: Where each shell finds it from then on.
_INSTALLED = {
    "bash": "fab completion:bash > ~/.minion.bash && echo '. ~/.minion.bash' >> ~/.bashrc",
    "zsh": "fab completion:zsh > ~/.minion.zsh && echo '. ~/.minion.zsh' >> ~/.zshrc",
    "fish": "mkdir -p ~/.config/fish/conf.d && "
    "fab completion:fish > ~/.config/fish/conf.d/minion.fish",
}


def script(shell: str, doors: Iterable[Door]) -> str:
    """The script for `shell`, which completes the tasks of `doors`."""
    words = ";".join(_line(door) for door in doors)
    return _SCRIPTS[shell].replace("{tasks}", words).replace("{awk}", _AWK).lstrip()


def line_to_type(shell: str) -> str:
    """What installs it, once."""
    return _INSTALLED[shell]


def shell_of(environ: Mapping[str, str]) -> str:
    """The shell of whoever asks.

    Raises:
        ArgumentError: it is none that is known.
    """
    name = Path(environ.get("SHELL", "")).name
    if name not in SHELLS:
        *others, last = (f"completion:{shell}" for shell in SHELLS)
        raise ArgumentError(f"for which shell? {', '.join(others)} or {last}")
    return name


def _line(door: Door) -> str:
    """``deploy !environment=@ branch= force=yes|no``; what must be given has a mark."""
    parts = [str(door.name)]
    for name, parameter in inspect.signature(door.wrapped).parameters.items():
        values = VALUES.get(f"{door.name}.{name}", VALUES.get(name, ()))
        mark = "!" if parameter.default is parameter.empty else ""
        parts.append(f"{mark}{name}={'|'.join(values)}")
    return " ".join(parts)
