"""Whom a connection trusts to be its server."""

import ssl
from functools import cache

import httpx

from connectors.connection import Connection
from connectors.errors import Unreachable


def trusted(connection: Connection) -> ssl.SSLContext:
    """By the usual authorities, or those in the file that the connection's ``verify`` names.

    Raises:
        Unreachable: ``connection-malformed``, the file is missing or holds no certificates;
            ``connection-unsafe``, certificates are not to be checked at all.
    """
    declared = connection.extra.get("verify", True)
    if declared is True or str(declared).lower() == "true":
        return _usual()
    if declared is False or str(declared).lower() in ("false", ""):
        raise Unreachable(
            "connection-unsafe",
            f"Connection {connection.id!r} asks not to check the server's certificate (verify). "
            "Then anybody could be the server. Give the file with its authority's certificate.",
        )
    try:
        return ssl.create_default_context(cafile=str(declared))
    except (OSError, ValueError):
        raise Unreachable(
            "connection-malformed",
            f"Connection {connection.id!r}: verify names {declared}, which is no file with "
            "certificates (PEM). Correct it.",
        ) from None


@cache
def _usual() -> ssl.SSLContext:
    # Reading all authorities takes longer than many an answer.
    return httpx.create_ssl_context()


def is_mistrust(error: BaseException) -> bool:
    """Whether a failure to connect came of a certificate."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
