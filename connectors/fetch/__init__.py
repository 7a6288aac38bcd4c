"""Fetches what suppliers leave at a place: :func:`discover` what is there, :func:`fetch` it."""

from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch.arrival import Arrival, Fetched, Found, Standing, Unfinished
from connectors.fetch.copying import take
from connectors.fetch.files import look
from connectors.fetch.patience import patiently
from connectors.fetch.share import Share
from contracts.places import Mail, Place
from contracts.places.files import Files

__all__ = [
    "Arrival",
    "Fetched",
    "Found",
    "Standing",
    "Unfinished",
    "Unreachable",
    "discover",
    "fetch",
    "open_share",
]

_MODULES = {
    "folder": "connectors.fetch.folder",
    "smb": "connectors.fetch.smb",
    "sftp": "connectors.fetch.sftp",
    "s3": "connectors.fetch.s3",
    "mail": "connectors.fetch.mail",
    "http": "connectors.fetch.http_file",
    "api": "connectors.fetch.api",
    "odata": "connectors.fetch.odata",
    "database": "connectors.fetch.database",
}
"""Kind of place to the module that fetches from it, imported when asked for: clients take a while
to import. A module of files gives a share (``open_share``); any other, and that of mail, where
names have versions, ``discover`` and ``fetch`` themselves."""


def discover(place: Place, connection: Connection, standing: Standing | None = None) -> Found:
    """What there is to fetch at a place.

    Args:
        standing: what is known of the place before.

    Raises:
        Unreachable: with code and message.
    """
    standing = standing or Standing()
    if isinstance(place, Files) and not isinstance(place, Mail):
        return patiently(lambda: _look(place, connection, standing))
    found: Found = _module(place).discover(place, connection, standing)
    return found


def fetch(place: Place, connection: Connection, arrival: Arrival, into: Path) -> Fetched:
    """Copies an arrival's bytes, unchanged, to files in an existing empty folder.

    Raises:
        Unreachable: with code and message; nothing partial is left behind.
    """
    if isinstance(place, Files) and not isinstance(place, Mail):
        return patiently(lambda: _take(place, connection, arrival, into))
    fetched: Fetched = _module(place).fetch(place, connection, arrival, into)
    return fetched


def open_share(place: Files, connection: Connection) -> AbstractContextManager[Share]:
    """The files of a place, as long as the block lasts.

    Raises:
        Unreachable: the place cannot be reached, or does not let us in.
    """
    share: AbstractContextManager[Share] = _module(place).open_share(place, connection)
    return share


def _look(place: Files, connection: Connection, standing: Standing) -> Found:
    with open_share(place, connection) as share:
        return look(place, share, standing)


def _take(place: Files, connection: Connection, arrival: Arrival, into: Path) -> Fetched:
    with open_share(place, connection) as share:
        return take(share, arrival, into)


def _module(place: Any) -> Any:
    return import_module(_MODULES[place.kind])
