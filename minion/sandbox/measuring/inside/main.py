"""Started by minion: becomes the project, then does what standard input asks for.

Each line in is a JSON list: the method's name and its arguments; each line out is a JSON
object with `value`, or `failed` and why.
"""

import json
import os
import runpy
import socket
import sys
import threading
import contextlib


def main(manage, relay):
    """Serve until standard input ends.

    `manage` is the path of the project's manage.py: it is run as ever, so that it finds the
    settings as it always does, but what it wants to execute is this. `relay` is a port and a
    socket's path, joined by a colon, where there is no network: the port leads to the socket.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if relay:
        port, _, path = relay.partition(":")
        _start_relay(int(port), path)
    try:
        _become(manage, lambda: _serve(answers))
    except BaseException as error:
        _answer(answers, {"failed": f"{type(error).__name__}: {_first_line(error)}"})
        raise


def _become(manage, serve):
    import django.core.management as management

    def execute(argv=None, *_args, **_kwargs):
        import django

        django.setup()
        serve()

    management.execute_from_command_line = execute
    sys.argv = [manage, "check"]
    sys.path.insert(0, os.path.dirname(os.path.abspath(manage)))
    runpy.run_path(manage, run_name="__main__")


def _serve(answers):
    from django.conf import settings
    from django.db import close_old_connections
    from inside.migrating import Failed, Session
    from inside.rows import mute_signals

    # A field that hashes what it holds takes its time on purpose; thousands of rows are made.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    session = Session()
    _answer(answers, {"value": "ready"})
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        if name == "migrate":
            close_old_connections()
        else:
            mute_signals()
        try:
            value = getattr(session, name)(*arguments)
        except Failed as error:
            _answer(answers, {"failed": str(error)})
        except Exception as error:
            _answer(answers, {"failed": f"{type(error).__name__}: {_first_line(error)}"})
        else:
            _answer(answers, {"value": value})


def _answer(answers, document):
    answers.write(json.dumps(document) + "\n")
    answers.flush()


def _first_line(error):
    return str(error).strip().split("\n")[0][:300]


def _start_relay(port, path):
    _raise_loopback()
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(16)
    threading.Thread(target=_accept, args=(listener, path), daemon=True).start()


def _accept(listener, path):
    while True:
        near, _ = listener.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(path)
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one, other):
    try:
        while True:
            chunk = one.recv(65536)
            if not chunk:
                break
            other.sendall(chunk)
    except OSError:
        pass
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _raise_loopback():
    """Switch the loopback interface on, which is off in a network namespace that is new."""
    import fcntl
    import struct

    # Linux: netdevice(7), SIOCGIFFLAGS and SIOCSIFFLAGS, IFF_UP.
    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("16sh14x", b"lo", 0)
        _name, flags = struct.unpack("16sh14x", fcntl.ioctl(probe, get_flags, request))
        fcntl.ioctl(probe, set_flags, struct.pack("16sh14x", b"lo", flags | up))
