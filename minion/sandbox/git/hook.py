"""The pre-receive hook of the sandbox's repositories, and what it says to the sandbox.

Run as a script, by path, with nothing but the standard library: git starts it
when a push has arrived and is not accepted yet. It hands the refs over to the
sandbox, prints what the sandbox answers (git passes that on to whoever pushes)
and ends with the status that the sandbox decides on. Both sides send lines of
JSON.
"""

from __future__ import annotations

import json
import os
import socket
import sys

PORT, SECRET = "SANDBOX_HOOK_PORT", "SANDBOX_HOOK_SECRET"

_QUARANTINE = (
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
)
"""git-receive-pack(1): the variables by which the new objects are found before they are in."""


def main() -> int:
    """Report the push; the exit status of the hook."""
    question = {
        "secret": os.environ[SECRET],
        # old, new, ref; a ref's name may hold any byte but blanks.
        "updates": [os.fsdecode(line).split() for line in sys.stdin.buffer],
        "env": {key: os.environ[key] for key in _QUARANTINE if key in os.environ},
    }
    try:
        with socket.create_connection(("127.0.0.1", int(os.environ[PORT]))) as link:
            link.sendall(json.dumps(question).encode("ascii") + b"\n")
            for line in link.makefile("rb"):
                answer = json.loads(line)
                if "status" in answer:
                    return int(answer["status"])
                sys.stdout.buffer.write(answer["text"].encode("utf-8", "replace"))
                sys.stdout.buffer.flush()
    except OSError as exc:
        print(f" !     The sandbox does not answer: {exc}", flush=True)
        return 1
    print(" !     The sandbox has ended before the push was over.", flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
