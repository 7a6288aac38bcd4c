"""Fetches what suppliers leave at a place: :func:`discover` what is there, :func:`fetch` it."""

from pathlib import Path

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import folder
from connectors.fetch.arrival import Arrival
from contracts.feed import Folder, Place

__all__ = ["Arrival", "Unreachable", "discover", "fetch"]


def discover(place: Place, connection: Connection) -> list[Arrival]:
    """What there is to fetch at a place.

    Raises:
        Unreachable: with code and message.
    """
    if isinstance(place, Folder):
        return folder.discover(place, connection)
    from connectors.fetch import api  # its HTTP client takes a while to import

    return api.discover(place, connection)


def fetch(place: Place, connection: Connection, arrival: Arrival, into: Path) -> list[Path]:
    """Copies an arrival's bytes, unchanged, to files in an existing empty folder.

    Raises:
        Unreachable: with code and message; nothing partial is left behind.
    """
    if isinstance(place, Folder):
        return folder.fetch(place, connection, arrival, into)
    from connectors.fetch import api

    return api.fetch(place, connection, arrival, into)
