"""How a connection says who asks: one way for all places reached over HTTP.

The word ``auth`` in the connection's extra: ``oauth2``, ``basic``, ``bearer``, ``api-key`` or
``none``. Without it a token endpoint means ``oauth2``, and a login ``basic``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

import httpx

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch.http.ask import with_query

Way = Literal["none", "basic", "bearer", "api-key", "oauth2"]


@dataclass(frozen=True)
class Authorisation:
    """What goes with every request to the connection's own host, and to no other.

    Attributes:
        way: as declared or concluded.
        token_url: of OAuth2, a path or a whole address.
        headers, parameters: what is sent; of OAuth2 a token comes to it.
    """

    way: Way
    token_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)

    def address(self, address: str) -> str:
        """An address with the key in it, where that is how it is sent."""
        return with_query(address, self.parameters) if self.parameters else address


def authorisation(connection: Connection, token_path: str | None) -> Authorisation:
    """What a connection declares.

    Raises:
        Unreachable: ``connection-incomplete`` or ``connection-malformed``.
    """
    extra = connection.extra
    token_url = str(extra.get("token_url") or token_path or "")
    way = _way(connection, token_url)
    headers = _further(connection)
    if way == "basic":
        headers |= basic(connection.login, connection.password)
    elif way == "bearer":
        headers["Authorization"] = f"Bearer {_secret(connection, 'token')}"
    elif way == "oauth2":
        _secret(connection, "client's secret")
        if not token_url:
            raise _wrong(connection, "incomplete", "names no token endpoint; add token_url")
    elif way == "api-key":
        key = _secret(connection, "key")
        name = extra.get("api_key_header")
        parameter = extra.get("api_key_parameter")
        if bool(name) == bool(parameter):
            what = "must name one of api_key_header and api_key_parameter in its extra"
            raise _wrong(connection, "incomplete", what)
        if parameter:
            return Authorisation(way, headers=headers, parameters={str(parameter): key})
        headers[str(name)] = key
    return Authorisation(way, token_url if way == "oauth2" else "", headers)


def basic(login: str, password: str) -> dict[str, str]:
    """The header of RFC 7617."""
    request = next(httpx.BasicAuth(login, password).auth_flow(httpx.Request("GET", "http://x")))
    return {"Authorization": request.headers["Authorization"]}


def _way(connection: Connection, token_url: str) -> Way:
    declared = connection.extra.get("auth")
    if declared in get_args(Way):
        return cast(Way, declared)
    if declared:
        raise _wrong(connection, "malformed", f"auth is one of {', '.join(get_args(Way))}")
    if token_url:
        return "oauth2"
    if connection.login:
        return "basic"
    if connection.password:
        what = "has a password and no login; say by auth whether it is a bearer or an api-key"
        raise _wrong(connection, "incomplete", what)
    return "none"


def _secret(connection: Connection, what: str) -> str:
    if not connection.password:
        raise _wrong(connection, "incomplete", f"gives no {what}; it goes in the password")
    if not connection.password.isascii() or not connection.password.isprintable():
        raise _wrong(connection, "malformed", f"the {what} has a character no header can hold")
    return connection.password


def _further(connection: Connection) -> dict[str, str]:
    """Headers the server wants besides, such as a subscription key."""
    headers = connection.extra.get("headers") or {}
    if not isinstance(headers, Mapping):
        raise _wrong(connection, "malformed", "headers must be an object of names and texts")
    return {str(name): str(value) for name, value in headers.items()}


def _wrong(connection: Connection, how: str, what: str) -> Unreachable:
    return Unreachable(f"connection-{how}", f"Connection {connection.id!r}: {what}.")
