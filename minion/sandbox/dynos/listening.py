"""Whether a port can be reached from outside its dyno, as Heroku's router reaches it.

A dyno of the sandbox shares this machine's loopback with the router, so a process
that listens there alone would answer here and nowhere else. The kernel's tables tell
(proc(5), /proc/net/tcp) to everybody; systems without them do not.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Union

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTENING = "0A"
Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


def is_for_this_machine_only(port: int) -> bool:
    """Whether a port is listened on by loopback alone; False where nothing tells."""
    found = list(_addresses(port))
    return bool(found) and all(_is_loopback(each) for each in found)


def _is_loopback(address: Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _addresses(port: int) -> Iterator[Address]:
    """The addresses on which somebody listens at a port."""
    for table in _TABLES:
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            _, local, _, state, *_ = line.split()
            address, _, its_port = local.partition(":")
            if state == _LISTENING and int(its_port, 16) == port:
                yield _address(address)


def _address(text: str) -> Address:
    """From the kernel's notation: words of 32 bits in this machine's order of bytes."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    packed = b"".join(struct.pack("=I", word) for word in words)
    if len(packed) == 4:
        return ipaddress.IPv4Address(packed)
    return ipaddress.IPv6Address(packed)
