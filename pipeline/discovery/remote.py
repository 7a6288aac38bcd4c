"""Walks over a share of a connection (SMB, SFTP, S3, a mailbox), folder by folder."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, BinaryIO

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch.share import Entry, Share
from contracts.places import S3, Mail, Sftp, Smb
from pipeline.discovery.ground import Ground
from pipeline.discovery.sighting import Obstacle, Sighting

PLACES: dict[str, Any] = {
    "smb": Smb,
    "samba": Smb,
    "sftp": Sftp,
    "ssh": Sftp,
    "aws": S3,
    "s3": S3,
    "imap": Mail,
}
"""Connection's type to the kind of place."""


class ShareGround(Ground):
    """A share of a connection, or a path below it.

    Raises:
        Unreachable: it cannot be reached, or the path is not there.
    """

    def __init__(self, connection: Connection, path: str, name: str) -> None:
        self.name = name
        self.key = f"{connection.kind}:{connection.id}:{path}"
        self._connection = connection
        self._place = PLACES[connection.kind].model_validate(
            {"kind": PLACES[connection.kind].model_fields["kind"].annotation.__args__[0],
             "connection": connection.id, "path": path or "."}
        )  # fmt: skip
        self._open = import_module(f"connectors.fetch.{self._place.kind}").open_share
        self._own = threading.local()
        self._kept = ExitStack()
        self._lock = threading.Lock()

    def _share(self) -> Share:
        """A session for each thread: few clients serve several at once."""
        if not hasattr(self._own, "share"):
            with self._lock:
                self._own.share = self._kept.enter_context(
                    self._open(self._place, self._connection)
                )
        found: Share = self._own.share
        return found

    def walk(self) -> Iterator[Sighting | Obstacle]:
        """See :meth:`Ground.walk`."""
        folders = [""]
        first = True
        while folders:
            folder = folders.pop()
            below: list[str] = []
            try:
                for entry in self._share().entries(folder, deep=True, enter=_noting(below)):
                    yield _told(entry)
            except Unreachable as error:
                if first:
                    raise
                yield Obstacle(folder, error.code, error.message)
            folders += below
            first = False

    @contextmanager
    def opened(self, path: str, size: int) -> Iterator[BinaryIO]:
        """See :meth:`Ground.opened`."""
        share = self._share()
        with share.opened(share.facts(path)) as content:
            yield content

    def close(self) -> None:
        """End the sessions."""
        self._kept.close()


def _noting(folders: list[str]) -> Any:
    """Has a listing name the folders below, and stay out of them."""

    def enter(folder: str) -> bool:
        folders.append(folder)
        return False

    return enter


def _told(entry: Entry) -> Sighting | Obstacle:
    if entry.leads_out:
        return Obstacle(
            entry.path, "link-not-followed", "A link that leads out of the place; not followed."
        )
    modified = entry.modified if entry.modified.tzinfo else entry.modified.replace(tzinfo=UTC)
    since = modified - datetime(1970, 1, 1, tzinfo=UTC)
    nanoseconds = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000
    return Sighting(entry.path, entry.size, nanoseconds, entry.owner, entry.version)
