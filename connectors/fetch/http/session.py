"""Asks a server, again where it fails in passing, logged in, and never led astray."""

import logging
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch.http import retrying
from connectors.fetch.http.answer import Answer, Coded, TooLarge, parts_of
from connectors.fetch.http.ask import Ask
from connectors.fetch.http.authorisation import Authorisation, authorisation
from connectors.fetch.http.leads import Elsewhere, Leads
from connectors.fetch.http.network import Forbidden, Guarded
from connectors.fetch.http.retrying import PASSING, Again, WaitTooLong, asked_wait
from connectors.fetch.http.tls import is_mistrust, trusted
from connectors.fetch.http.token import Token
from contracts.places.http import Http

T = TypeVar("T")
Take = Callable[[httpx.Response], T]

_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_LARGEST_TOKEN = 1 << 20

# They write out addresses and headers, which carry cursors, keys and tokens.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@contextmanager
def session(place: Http, connection: Connection, accept: str) -> Iterator["Session"]:
    """A session with the server of a connection.

    Raises:
        Unreachable: the connection is incomplete, malformed or unsafe.
    """
    base = connection.base_url
    authorised = authorisation(connection, place.token_path)
    with httpx.Client(
        transport=_transport(base, connection),
        timeout=httpx.Timeout(30.0, connect=10.0),
        follow_redirects=False,
        trust_env=False,
        headers={"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "watersmeet"},
    ) as client:
        yield Session(client, place, connection, authorised)


def _transport(base: str, connection: Connection) -> httpx.BaseTransport:
    """Straight to the server; through a proxy where one is declared, which then finds the host."""
    parts = urlsplit(base)
    context = trusted(connection)
    proxy = connection.extra.get("proxy")
    if not proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy:
        return httpx.HTTPTransport(verify=context, proxy=str(proxy))
    return Guarded(parts.hostname or "", context)


class Session:
    """A client, who it is, and where it may go."""

    def __init__(
        self, client: httpx.Client, place: Http, connection: Connection, who: Authorisation
    ) -> None:
        self._client = client
        self._place = place
        self._connection = connection
        self._who = who
        self._token = Token(connection)
        self._base = connection.base_url
        self._leads = Leads(self._base, place.hosts)

    def address(self, path: str) -> str:
        """The whole address of a path."""
        return f"{self._base}/{path.lstrip('/')}"

    def exchange(
        self,
        ask: Ask,
        take: Take[T],
        what: str,
        *,
        method: str | None = None,
        headers: Callable[[], Mapping[str, str]] = dict,
    ) -> Answer[T]:
        """Asks, and takes the answer, until it is whole.

        Args:
            take: reads the body; what it raises of :class:`Again` is tried again.
            what: is asked for, for people.
            headers: of each attempt.

        Raises:
            Unreachable: with code and message; ``http-failing`` after all attempts.
        """
        try:
            return retrying.retried(lambda: self._attempt(ask, take, method, headers()))
        except Again as error:
            raise self.refused(
                "http-failing",
                f"{what}: {error.what}, {retrying.ATTEMPTS} times in a row. Try later, or ask "
                "whoever runs the server",
                passing=True,
            ) from None

    def lead(self, address: str, target: str, what: str) -> str:
        """Where an answer leads.

        Raises:
            Unreachable: ``http-leads-elsewhere``.
        """
        try:
            return self._leads.on(address, target)
        except Elsewhere:
            raise self.refused(
                "http-leads-elsewhere",
                f"{what} leads to another host, or from https to http; it was not followed. If "
                "that host is meant, add it to the place's hosts",
            ) from None

    def demand(self, status: int, *right: int) -> None:
        """Demands one of the right statuses.

        Raises:
            Unreachable: ``http-forbids`` or ``http-answers-wrong``.
        """
        if status in (401, 403):
            raise self.refused(
                "http-forbids",
                f"the server refused the login (HTTP {status}); check the connection's login and "
                "password, and what they are allowed",
            )
        if status not in right:
            raise self.refused("http-answers-wrong", f"the server answered HTTP {status}")

    def refused(self, code: str, what: str, *, passing: bool = False) -> Unreachable:
        """A refusal that names path and connection."""
        place = self._place.path
        return Unreachable(
            code, f"{place} (connection {self._connection.id!r}): {what}.", passing=passing
        )

    def _attempt(
        self, ask: Ask, take: Take[T], method: str | None, headers: Mapping[str, str]
    ) -> Answer[T]:
        """One attempt; a token refused once is fetched anew."""
        answer = self._followed(ask, take, method, headers)
        if answer.status == 401 and self._who.way == "oauth2":
            self._token.forget()
            answer = self._followed(ask, take, method, headers)
        return answer

    def _followed(
        self, ask: Ask, take: Take[T], method: str | None, headers: Mapping[str, str]
    ) -> Answer[T]:
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._sent(self._request(ask, method, headers), ask.address, take)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            if ask.body is not None and answer.status not in (307, 308):
                raise self.refused("http-redirects", "the server answers a POST with a redirect")
            led = self.lead(ask.address, answer.headers["location"], "a redirect")
            ask = Ask(led, ask.body)
        raise self.refused("http-redirects", "the server redirects without end")

    def _request(self, ask: Ask, method: str | None, headers: Mapping[str, str]) -> httpx.Request:
        address, sent = ask.address, dict(headers)
        if ask.body is not None:
            sent["Content-Type"] = "application/json"
        if self._leads.own(address):
            address = self._who.address(address)
            sent |= self._who.headers
            if self._who.way == "oauth2":
                sent["Authorization"] = f"Bearer {self._token.current(self._post)}"
        content = None if ask.body is None else ask.body.encode()
        try:
            return self._client.build_request(
                method or ask.method, address, headers=sent, content=content
            )
        except httpx.InvalidURL:
            raise self.refused("http-leads-elsewhere", "what it leads to is no address") from None

    def _post(self, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, bytes]:
        """A form, sent to the token endpoint; a redirect is not followed."""
        address = urljoin(f"{self._base}/", self._who.token_url.lstrip("/"))
        request = self._client.build_request("POST", address, data=dict(form), headers=headers)
        answer = self._sent(
            request, address, lambda response: b"".join(parts_of(response, _LARGEST_TOKEN))
        )
        return answer.status, answer.content

    def _sent(self, request: httpx.Request, address: str, take: Take[T]) -> Answer[T]:
        """One request; what goes wrong on the way, in our words: httpx's carry the address."""
        try:
            response = self._client.send(request, stream=True)
            try:
                self._demand_not_passing(response)
                return Answer(response.status_code, address, response.headers, take(response))
            finally:
                response.close()
        except httpx.TimeoutException:
            raise Again("the server did not answer in time") from None
        except httpx.RemoteProtocolError:
            raise Again("the server broke off its answer") from None
        except httpx.TransportError as error:
            if is_mistrust(error):
                raise self._mistrusted() from None
            raise Again("the server could not be reached") from None
        except Forbidden as error:
            raise self.refused(
                "http-leads-inside",
                f"the host's name stands for {error}, inside the network, and the connection's own "
                "host is not there; it was not connected to",
            ) from None
        except Coded:
            raise self.refused(
                "http-coded", "the answer is packed though that was not asked for"
            ) from None
        except TooLarge:
            raise self.refused("http-too-large", "the answer is larger than is taken") from None

    def _demand_not_passing(self, response: httpx.Response) -> None:
        status = response.status_code
        held_off = status == 403 and "retry-after" in response.headers
        if status not in PASSING and not held_off:
            return
        try:
            wait = asked_wait(response.headers)
        except WaitTooLong as error:
            raise self.refused(
                "http-asks-to-wait",
                f"the server asks to be left alone for {error.wait:.0f} seconds. Try again after "
                "that",
                passing=True,
            ) from None
        raise Again(f"the server answered HTTP {status}", wait)

    def _mistrusted(self) -> Unreachable:
        return self.refused(
            "http-mistrusted",
            "the server's certificate is not one that is trusted for its name. If its authority is "
            "your own, name the file with its certificate in the connection's extra (verify)",
        )
