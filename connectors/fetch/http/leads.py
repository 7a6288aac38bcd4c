"""Where a redirect or a next page may lead: to the connection's own host, or one declared."""

from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

Origin = tuple[str, str, int | None]
_PORTS = {"http": 80, "https": 443}


class Elsewhere(Exception):
    """It leads where nobody said it may."""


def origin(address: str) -> Origin:
    """Scheme, host and port of an address.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".").lower()
    return parts.scheme.lower(), host, parts.port or _PORTS.get(parts.scheme.lower())


@dataclass(frozen=True)
class Leads:
    """Addresses that may be asked.

    Attributes:
        base: the connection's address.
        hosts: further ones, as ``name`` or ``name:port``.
    """

    base: str
    hosts: tuple[str, ...] = ()

    def own(self, address: str) -> bool:
        """Whether an address is the connection's own, so that its credentials go with it."""
        return origin(address) == origin(self.base)

    def on(self, address: str, target: str) -> str:
        """Where an answer of ``address`` leads.

        Raises:
            Elsewhere: to a host that is not declared, from https to http, or to no address.
        """
        try:
            led = urldefrag(urljoin(address, target.strip())).url
            there, here = origin(led), origin(self.base)
            own, login = there == here, urlsplit(led).username or urlsplit(led).password
        except ValueError:
            raise Elsewhere from None
        if there[0] not in _PORTS or not there[1] or login:
            raise Elsewhere
        if not own and not self._declared(there, here):
            raise Elsewhere
        if there[0] == "http" and origin(address)[0] == "https":
            raise Elsewhere
        return led

    def _declared(self, there: Origin, here: Origin) -> bool:
        if there[0] == "http" and here[0] == "https":
            return False
        named = {f"{there[1]}:{there[2]}"}
        if there[2] == _PORTS[there[0]]:
            named.add(there[1])
        return any(host.lower() in named for host in self.hosts)
