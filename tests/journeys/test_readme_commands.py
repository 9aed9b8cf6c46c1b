"""The README's own commands, as a newcomer types them, one after the other."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from test_readme import README


def test_the_first_command_and_those_that_follow_it_work(operator):
    first = re.search(r"<!-- first -->\n```\n(.*?)\n```", README, re.S).group(1)
    words = first.rsplit("&&", 1)[1].split()[1:]
    assert words[0] == "sandbox"
    done = operator.fab(*words)
    assert re.search(r"^  http://127\.0\.0\.1:\d+/$", done.stdout, re.M)
    then = README.split("Then look around:", 1)[1]
    lines = re.search(r"```\n(.*?)```", then, re.S).group(1).splitlines()
    assert len(lines) >= 3
    for line in lines:
        words = line.split()[1:]
        if words[-1].startswith("deploy:"):
            words[-1] += f",confirm=bookshop-{words[-1].partition(':')[2]}"
        operator.fab(*words)
