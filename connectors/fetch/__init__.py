"""Fetches what suppliers leave at a place: :func:`discover` what is there, :func:`fetch` it."""

from importlib import import_module
from pathlib import Path
from typing import Any

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch.arrival import Arrival, Fetched, Found, Standing, Unfinished
from contracts.places import Place

__all__ = [
    "Arrival",
    "Fetched",
    "Found",
    "Standing",
    "Unfinished",
    "Unreachable",
    "discover",
    "fetch",
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
to import."""


def discover(place: Place, connection: Connection, standing: Standing | None = None) -> Found:
    """What there is to fetch at a place.

    Args:
        standing: what is known of the place before.

    Raises:
        Unreachable: with code and message.
    """
    found: Found = _module(place).discover(place, connection, standing or Standing())
    return found


def fetch(place: Place, connection: Connection, arrival: Arrival, into: Path) -> Fetched:
    """Copies an arrival's bytes, unchanged, to files in an existing empty folder.

    Raises:
        Unreachable: with code and message; nothing partial is left behind.
    """
    fetched: Fetched = _module(place).fetch(place, connection, arrival, into)
    return fetched


def _module(place: Place) -> Any:
    return import_module(_MODULES[place.kind])
