"""A server of files that tests share: emptied after each, and how files get into its folder."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.fetch import Found, patience
from tests.servers.samba import Samba
from tests.servers.sshd import Sshd

BODY = bytes(range(256)) * 4096


@contextmanager
def emptied(running: Sshd | Samba, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The running server with nothing in its folder; what is tried again is tried again at once."""
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.05)
    if running.process is None:
        running.start()
    yield
    for path in sorted(running.shared.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def put(server: Sshd | Samba, name: str, content: bytes = BODY, age: float = 60) -> Path:
    path = server.shared / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age,) * 2)
    return path


def names(found: Found) -> list[str]:
    return [one.name for one in found.arrivals]
