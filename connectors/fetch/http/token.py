"""A token of OAuth2 client credentials (RFC 6749 § 4.4), renewed before it runs out."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch.http.authorisation import basic

Post = Callable[[Mapping[str, str], Mapping[str, str]], tuple[int, bytes]]
"""Form and headers to status and body, at the token endpoint."""


@dataclass
class Token:
    """The token in use, if there is one."""

    connection: Connection
    _text: str | None = field(default=None, repr=False)
    _expires: float = 0.0

    def forget(self) -> None:
        """The server would not have it: the next one asked for is new."""
        self._text = None

    def current(self, post: Post) -> str:
        """A token with time left on it.

        Raises:
            Unreachable: ``login-refused`` or ``token-malformed``.
        """
        if self._text is None or time.monotonic() >= self._expires:
            self._fetch(post)
        assert self._text is not None
        return self._text

    def _fetch(self, post: Post) -> None:
        status, content = post(*self._request())
        if status in (400, 401, 403):
            raise Unreachable(
                "login-refused",
                f"Connection {self.connection.id!r}: the server gave no token for the client "
                f"(HTTP {status}): login, password or scope of the connection is wrong; correct "
                "it.",
            )
        try:
            answer: Any = json.loads(content) if status == 200 else None
            token, lasts = answer["access_token"], float(answer.get("expires_in") or 3600)
            if not isinstance(token, str) or not token.isascii() or not token.isprintable():
                raise TypeError
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Unreachable(
                "token-malformed",
                f"Connection {self.connection.id!r}: the token endpoint gave no token (HTTP "
                f"{status}); check its address.",
            ) from None
        self._text = token
        # A token about to expire would expire on the way.
        self._expires = time.monotonic() + lasts - min(10.0, lasts / 10)

    def _request(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Form and headers; the client's id and secret in one or the other (RFC 6749 § 2.3.1)."""
        extra = self.connection.extra
        form = {"grant_type": "client_credentials"}
        form |= {name: str(extra[name]) for name in ("scope", "audience") if extra.get(name)}
        login, secret = self.connection.login, self.connection.password
        how = extra.get("token_auth", "basic")
        if how == "post":
            return {**form, "client_id": login, "client_secret": secret}, {}
        if how == "basic":
            return form, basic(quote_plus(login), quote_plus(secret))
        raise Unreachable(
            "connection-malformed",
            f"Connection {self.connection.id!r}: token_auth is basic or post.",
        )
