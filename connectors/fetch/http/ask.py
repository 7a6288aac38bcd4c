"""What is asked of a server: an address, and JSON where it is asked with a body."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

# Left as they are: OData's options begin with $, and its literals have the others.
_PLAIN = "$,:'()/@"


@dataclass(frozen=True)
class Ask:
    """One request.

    Attributes:
        address: without credentials.
        body: JSON to be posted; None to get.
    """

    address: str
    body: str | None = None

    @property
    def method(self) -> str:
        """``GET`` or ``POST``."""
        return "GET" if self.body is None else "POST"

    def having(self, parameters: Mapping[str, str | int]) -> "Ask":
        """The same with parameters set: in the body where there is one, else in the query."""
        if not parameters:
            return self
        if self.body is None:
            return replace(self, address=with_query(self.address, parameters))
        document = json.loads(self.body)
        for dotted, value in parameters.items():
            _set(document, dotted, value)
        return replace(self, body=json.dumps(document, ensure_ascii=False))


def with_query(address: str, parameters: Mapping[str, str | int]) -> str:
    """An address with parameters set; what it has of the same names is replaced."""
    parts = urlsplit(address)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in parameters
    ]
    query = urlencode([*kept, *parameters.items()], quote_via=quote, safe=_PLAIN)
    return urlunsplit(parts._replace(query=query))


def _set(document: Any, dotted: str, value: str | int) -> None:
    *steps, last = dotted.split(".")
    for step in steps:
        document = document.setdefault(step, {})
    document[last] = value
