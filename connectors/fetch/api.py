"""Fetches the pages of a JSON API over HTTP, with OAuth2 client credentials (RFC 6749 § 4.4)."""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx
import stamina

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch.arrival import Arrival, Fetched, Found, Standing
from contracts.places import Api

LONGEST_WAIT = 120.0
LARGEST_PAGE = 256 << 20
MOST_PAGES = 100_000
ATTEMPTS = 6
_MOST_REDIRECTS = 5
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})

# At INFO it writes out every address, and addresses carry cursors and keys.
logging.getLogger("httpx").setLevel(logging.WARNING)
# Where structlog is installed, stamina would print to standard output, amid what a command answers.
stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])


def discover(place: Api, connection: Connection, standing: Standing) -> Found:
    """One arrival: the API's path and parameters. What its pages hold decides if it is new."""
    query = urlencode(sorted(place.parameters.items()))
    return Found((Arrival(name=f"{place.path}?{query}" if query else place.path),))


def fetch(place: Api, connection: Connection, arrival: Arrival, into: Path) -> Fetched:
    """Writes every page to ``page-0001.json`` ... in ``into``, bytes unchanged.

    Raises:
        Unreachable: after retries; the message names the connection and the path, never a secret,
            a query or a page's content. Pages already written are removed.
    """
    pages: list[Path] = []
    with httpx.Client(
        timeout=httpx.Timeout(30.0, connect=10.0),
        follow_redirects=False,
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    ) as client:
        session = _Session(client, place, connection)
        try:
            _fetch_pages(session, place, connection, into, pages)
        except Unreachable:
            for page in pages:
                page.unlink(missing_ok=True)
            raise
    return Fetched(tuple(pages))


def _fetch_pages(
    session: "_Session", place: Api, connection: Connection, into: Path, pages: list[Path]
) -> None:
    first = httpx.URL(session.address(place.path), params=place.parameters or None)
    address: str | None = str(first)
    seen: set[str] = set()
    while address:
        if address in seen or len(pages) >= MOST_PAGES:
            raise Unreachable(
                "pages-repeat",
                f"{place.path} (connection {connection.id!r}): page {len(pages)} points back to a "
                "page already read, so the pages would never end. Tell whoever runs the API.",
            )
        seen.add(address)
        content = session.page(address, len(pages) + 1)
        path = into / f"page-{len(pages) + 1:04d}.json"
        with path.open("xb") as page:
            page.write(content)
        pages.append(path)
        address = session.next_address(content, address)


@dataclass
class _Again(Exception):
    """A passing failure; ``wait`` is what the server asked for, in seconds."""

    what: str
    wait: float | None = None


def _backoff(error: Exception) -> bool | float:
    """Whether to try again, and after how long where the server says so."""
    if not isinstance(error, _Again):
        return False
    return True if error.wait is None else error.wait


@dataclass
class _Session:
    """A client with its token."""

    client: httpx.Client
    place: Api
    connection: Connection
    _token: str | None = field(default=None, repr=False)
    _base: str = field(init=False)
    _expires: float = 0.0

    def __post_init__(self) -> None:
        self._base = self.connection.base_url

    def address(self, path: str) -> str:
        """The whole address of a path."""
        return f"{self._base}/{path.lstrip('/')}"

    def page(self, address: str, number: int) -> bytes:
        """One page's bytes, checked to be whole JSON with records where declared."""
        return self._retried(lambda: self._page(address), f"page {number}")

    def next_address(self, content: bytes, address: str) -> str | None:
        """The next page's address; None after the last.

        Raises:
            Unreachable: it is on another host, which might be anywhere.
        """
        if not self.place.next:
            return None
        try:
            found = _dig(json.loads(content), self.place.next)
        except LookupError:
            return None
        if found in (None, "", False):
            return None
        if not isinstance(found, str):
            raise self._refused("next-malformed", "the next page's address is not text")
        following = urljoin(address, found)
        self._demand_same_host(following, "the next page")
        return following

    def _retried(self, attempt: Callable[[], bytes], what: str) -> bytes:
        try:
            for again in stamina.retry_context(
                on=_backoff, attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=10.0
            ):
                with again:
                    return attempt()
        except _Again as error:
            raise Unreachable(
                "api-failing",
                f"{self.place.path} (connection {self.connection.id!r}), {what}: {error.what}, "
                f"{ATTEMPTS} times in a row. Try later, or ask whoever runs the API.",
                passing=True,
            ) from None
        raise AssertionError("stamina ends by return or exception")

    def _page(self, address: str) -> bytes:
        """One attempt at a page; a token refused once is fetched anew."""
        status, content, kind = self._get(address)
        if status == 401 and self.place.token_path:
            self._token = None
            status, content, kind = self._get(address)
        if status in (401, 403):
            raise self._refused(
                "api-forbids",
                f"the server refused the login (HTTP {status}); check the connection's login and "
                "password, and what they are allowed",
            )
        if status != 200:
            raise self._refused("api-answers-wrong", f"the server answered HTTP {status}")
        return self._checked(content, kind)

    def _checked(self, content: bytes, kind: str) -> bytes:
        start = content[:512].lstrip().lower()
        if "html" in kind or start.startswith((b"<!doctype", b"<html")):
            raise self._refused(
                "api-answers-html",
                "the server answered with a web page instead of JSON, as login pages do; check "
                "the connection's host and login",
            )
        try:
            document = json.loads(content)
        except ValueError:
            raise _Again("the page was cut short or is not JSON") from None
        try:
            records = _dig(document, self.place.records)
        except LookupError:
            records = None
        if not isinstance(records, list):
            raise self._refused(
                "api-without-records",
                f"the page has no list at {self.place.records!r}; correct the feed's place",
            )
        return content

    def _get(self, address: str) -> tuple[int, bytes, str]:
        """Status, body and content type; redirects on the same host are followed."""
        for _ in range(_MOST_REDIRECTS + 1):
            status, content, headers = self._send(
                self.client.build_request("GET", address, headers=self._authorisation())
            )
            if status not in (301, 302, 303, 307, 308):
                return status, content, headers.get("content-type", "").lower()
            address = urljoin(address, headers.get("location", ""))
            self._demand_same_host(address, "a redirect")
        raise self._refused("api-redirects", "the server redirects without end")

    def _send(self, request: httpx.Request) -> tuple[int, bytes, httpx.Headers]:
        try:
            response = self.client.send(request, stream=True)
            try:
                parts: list[bytes] = []
                size = 0
                for part in response.iter_raw():
                    parts.append(part)
                    size += len(part)
                    if size > LARGEST_PAGE:
                        raise self._refused("page-too-large", f"a page is over {size >> 20} MB")
            finally:
                response.close()
        except httpx.TimeoutException:
            raise _Again("the server did not answer in time") from None
        except httpx.RemoteProtocolError:
            raise _Again("the server broke off its answer") from None
        except httpx.TransportError:
            raise _Again("the server could not be reached") from None
        declared = response.headers.get("content-length")
        if declared and declared.isdigit() and int(declared) != size:
            raise _Again("the answer was cut short")
        if response.status_code in _PASSING:
            raise _Again(f"the server answered HTTP {response.status_code}", self._wait(response))
        return response.status_code, b"".join(parts), response.headers

    def _wait(self, response: httpx.Response) -> float | None:
        """Seconds the server asks to be left alone, given as such or as a date."""
        asked = response.headers.get("retry-after", "").strip()
        if not asked:
            return None
        if asked.isdigit():
            seconds = float(asked)
        else:
            try:
                moment = parsedate_to_datetime(asked)
            except ValueError:
                return None
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            seconds = max(0.0, (moment - datetime.now(UTC)).total_seconds())
        if seconds > LONGEST_WAIT:
            raise Unreachable(
                "api-asks-to-wait",
                f"{self.place.path} (connection {self.connection.id!r}): the server asks to be "
                f"left alone for {seconds:.0f} seconds. Try again after that.",
                passing=True,
            )
        return seconds

    def _authorisation(self) -> dict[str, str]:
        if not self.place.token_path:
            if not self.connection.login:
                return {}
            auth = httpx.BasicAuth(self.connection.login, self.connection.password)
            request = next(auth.auth_flow(httpx.Request("GET", self._base)))
            return {"Authorization": request.headers["Authorization"]}
        if self._token is None or time.monotonic() >= self._expires:
            self._fetch_token(self.place.token_path)
        return {"Authorization": f"Bearer {self._token}"}

    def _fetch_token(self, path: str) -> None:
        """A new token, with the client's id and secret as HTTP Basic (RFC 6749 § 2.3.1)."""
        form = {"grant_type": "client_credentials"}
        if scope := self.connection.extra.get("scope"):
            form["scope"] = str(scope)
        request = self.client.build_request("POST", self.address(path), data=form)
        auth = httpx.BasicAuth(self.connection.login, self.connection.password)
        status, content, _ = self._send(next(auth.auth_flow(request)))
        if status in (400, 401, 403):
            raise self._refused(
                "login-refused",
                f"the server gave no token for the client (HTTP {status}): login or password of "
                "the connection is wrong; correct it",
            )
        try:
            answer: Any = json.loads(content) if status == 200 else None
            token, lasts = answer["access_token"], float(answer.get("expires_in") or 3600)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise self._refused(
                "token-malformed", f"{path} gave no token (HTTP {status}); check its path"
            ) from None
        self._token = str(token)
        # A token about to expire would expire on the way.
        self._expires = time.monotonic() + lasts - min(10.0, lasts / 10)

    def _demand_same_host(self, address: str, what: str) -> None:
        here, there = urlsplit(self._base), urlsplit(address)
        if _origin(here.scheme, here.hostname, here.port) != _origin(
            there.scheme, there.hostname, there.port
        ):
            raise self._refused(
                "api-leads-elsewhere", f"{what} leads to another host; it was not followed"
            )

    def _refused(self, code: str, what: str) -> Unreachable:
        return Unreachable(code, f"{self.place.path} (connection {self.connection.id!r}): {what}.")


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str | None, int | None]:
    return scheme, host, port or {"http": 80, "https": 443}.get(scheme)


def _dig(document: Any, dotted: str) -> Any:
    """What is at a dotted path; LookupError where there is nothing."""
    for step in dotted.split(".") if dotted else ():
        if not isinstance(document, dict):
            raise LookupError(step)
        document = document[step]
    return document
