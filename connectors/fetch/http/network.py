"""Connects to no address but those it has looked at, so that no name leads into the network.

A name is resolved once in a session and connected to by the addresses found then, so that a server
of names that answers otherwise the second time gains nothing.
"""

import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal

import httpx

Kind = Literal["public", "private", "loopback", "link-local", "unusable"]
_NAT64 = ip_network("64:ff9b::/96")


class Forbidden(Exception):
    """An address that is not connected to; the message says what kind it is."""


def kind_of(address: IPv4Address | IPv6Address) -> Kind:
    """What an address is for (IANA special-purpose registries); one within another is unwrapped."""
    if isinstance(address, IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            within = IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None:
            return kind_of(within)
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast or address.is_unspecified:
        return "unusable"
    return "public" if address.is_global else "private"


class Guarded(httpx.BaseTransport):
    """A transport that resolves names itself, and checks what they stand for.

    Addresses of the public internet are allowed, and of the kind the connection's own host is:
    a private one where its name or number is private; loopback where it is ``localhost`` or a
    number; link-local, where cloud machines find their credentials, where it is a number.
    """

    def __init__(self, own: str, context: ssl.SSLContext) -> None:
        self._own = own.strip("[]").lower()
        self._context = context
        self._found: dict[str, tuple[str, ...]] = {}
        # One a name: a connection made for one name is not used for another at its address.
        self._inner: dict[str, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request to the first of the addresses that answers.

        Raises:
            Forbidden: the host's address is of a kind that is not allowed.
            httpx.TransportError
        """
        host = request.url.raw_host.decode("ascii").strip("[]").lower()
        inner = self._inner.get(host)
        if inner is None:
            inner = self._inner[host] = httpx.HTTPTransport(verify=self._context)
        failed: httpx.TransportError | None = None
        for address in self._addresses(host):
            try:
                return inner.handle_request(_to(request, host, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        raise failed or httpx.ConnectError("the host has no address")

    def close(self) -> None:
        """Closes all connections."""
        for inner in self._inner.values():
            inner.close()

    def _addresses(self, host: str) -> tuple[str, ...]:
        known = self._found.get(host)
        if known is None:
            found = _resolved(host)
            allowed = self._allowed(host)
            for address in found:
                if (kind := kind_of(ip_address(address))) not in allowed:
                    raise Forbidden(f"a {kind} address")
            known = self._found[host] = found
        return known

    def _allowed(self, host: str) -> frozenset[Kind]:
        own = _number(self._own)
        if own is not None:
            return frozenset({"public", kind_of(own)})
        if self._own == "localhost" or self._own.endswith(".localhost"):
            return frozenset({"public", "loopback"})
        if host == self._own or any(
            kind_of(ip_address(address)) == "private" for address in self._addresses(self._own)
        ):
            return frozenset({"public", "private"})
        return frozenset({"public"})


def _to(request: httpx.Request, host: str, address: str) -> httpx.Request:
    """The request, sent to an address; the certificate is still asked to be the host's."""
    extensions = dict(request.extensions)
    if _number(host) is None:
        extensions["sni_hostname"] = host
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _resolved(host: str) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpx.ConnectError("the host's name is not known") from None
    # A zone (fe80::1%eth0) is no part of the number.
    return tuple(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))
