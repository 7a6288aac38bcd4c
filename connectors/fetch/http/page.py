"""One page of records: taken from an answer, and checked to be what was declared."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.fetch.http.answer import is_web_page, parts_of
from connectors.fetch.http.dig import dig, found, text_of
from connectors.fetch.http.retrying import Again
from connectors.fetch.http.session import Session

LARGEST_PAGE = 256 << 20


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        address: that answered it.
        content: its bytes.
        document: what they say; numbers are texts, as written.
        records: the list of them.
        links: the next page's address by the ``Link`` header, if there is one.
        headers: of the answer.
    """

    address: str
    content: bytes
    document: Any
    records: list[Any]
    link: str | None
    headers: httpx.Headers

    def total(self, dotted: str | None, header: str | None) -> int | None:
        """The count of all records the page states; None where it states none."""
        written = self.headers.get(header) if header else None
        if dotted:
            written = text_of(found(self.document, dotted))
        return int(written) if written and written.isascii() and written.isdigit() else None


def taken(session: Session, response: httpx.Response, records: str) -> Page | None:
    """The page an answer holds; None where it is no such answer.

    Raises:
        Again: it is cut short, or not JSON.
        Unreachable: ``http-answers-html``, ``page-without-records``.
    """
    content = b"".join(parts_of(response, LARGEST_PAGE))
    if response.status_code != 200:
        return None
    if is_web_page(response.headers.get("content-type", ""), content[:2048]):
        raise session.refused(
            "http-answers-html",
            "the server answered with a web page instead of JSON, as login pages do; check the "
            "connection's host and login",
        )
    try:
        document = json.loads(content, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise Again("the page was cut short or is not JSON") from None
    try:
        listed = dig(document, records)
    except LookupError:
        listed = None
    if not isinstance(listed, list):
        where = f"at {records!r}" if records else "as its whole"
        raise session.refused(
            "page-without-records",
            f"the page has no list {where}; correct the records of the feed's place",
        )
    address = str(response.request.url)
    return Page(address, content, document, listed, _link(response), response.headers)


def _link(response: httpx.Response) -> str | None:
    """The target of the ``Link`` header whose relation is ``next`` (RFC 8288 § 3)."""
    for relation, link in response.links.items():
        # One with an anchor speaks of something else than this answer.
        if relation and "next" in relation.lower().split() and "anchor" not in link:
            return link.get("url")
    return None
