"""Where events go: the receiver's address and key, from the environment or a connection.

Neither is ever shown: an address may carry a login or a token.
"""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from connectors.connection import connection
from connectors.errors import Unreachable

URL = "WATERSMEET_OPENLINEAGE_URL"
KEY = "WATERSMEET_OPENLINEAGE_API_KEY"
CONNECTION = "openlineage"
KEEP = "WATERSMEET_OPENLINEAGE_KEEP_DAYS"
USUAL_PATH = "/api/v1/lineage"
USUAL_KEEP = 90


class BadReceiver(Exception):
    """The address of the lineage receiver, or how long to keep events, is not as it must be."""


@dataclass(frozen=True)
class Receiver:
    """One receiver.

    Attributes:
        url: events are posted there.
        key: sent as a bearer token where there is one.
    """

    url: str = field(repr=False)
    key: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """Scheme, host and port, for people."""
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}"


def receiver() -> Receiver | None:
    """The receiver: ``WATERSMEET_OPENLINEAGE_URL`` with ``WATERSMEET_OPENLINEAGE_API_KEY``, else
    the connection ``openlineage`` (its password is the key); None where neither is set.

    An address without a path gets the usual one, ``/api/v1/lineage``.

    Raises:
        BadReceiver: the address is none of http or https.
    """
    written, key, where = os.environ.get(URL, "").strip(), os.environ.get(KEY, "").strip(), URL
    if not written:
        try:
            known = connection(CONNECTION)
            written, key = known.base_url, key or known.password
        except Unreachable as error:
            if error.code == "connection-unknown":
                return None
            raise BadReceiver(f"the lineage receiver: {error.message}") from None
        where = f"connection {CONNECTION}"
    return Receiver(_address(written, where), key)


def keep_days() -> int:
    """For how many days events are kept (``WATERSMEET_OPENLINEAGE_KEEP_DAYS``, 90).

    Raises:
        BadReceiver: it is no number of days.
    """
    written = os.environ.get(KEEP, "").strip() or str(USUAL_KEEP)
    if not written.isdecimal() or not 1 <= int(written) <= 36_500:
        raise BadReceiver(f"{KEEP} is not a number of days from 1 to 36500")
    return int(written)


def _address(written: str, where: str) -> str:
    try:
        parts = urlsplit(written)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        # Not quoted: it may hold a key.
        raise BadReceiver(f"{where} does not name a lineage receiver; give http(s)://host:port")
    if parts.path in ("", "/"):
        parts = parts._replace(path=USUAL_PATH)
    return urlunsplit(parts._replace(fragment=""))
