"""``python -m minion.sandbox serve STATE_DIR``: the daemon, in the foreground."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from minion.sandbox.daemon.card import TRY_AGAIN
from minion.sandbox.daemon.serve import serve
from minion.sandbox.errors import PortTaken, SandboxError


def main() -> int:
    """Run until stopped; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m minion.sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("serve", help="be the local Heroku of one project")
    command.add_argument("state_dir", type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        serve(arguments.state_dir.resolve())
    except SandboxError as error:
        print(error, file=sys.stderr)
        return TRY_AGAIN if isinstance(error, PortTaken) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
