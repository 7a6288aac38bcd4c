"""What to ask for next, by the way an interface is paged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.fetch.http.ask import Ask
from connectors.fetch.http.dig import found, text_of
from connectors.fetch.http.page import Page
from contracts.places.paging import (
    ByCursor,
    ByKeyset,
    ByLink,
    ByLinkHeader,
    ByOffset,
    ByPage,
    Paging,
)


class NextUnknown(Exception):
    """A page does not tell what comes next as it was declared to; the message says what."""


@dataclass(frozen=True)
class SoFar:
    """How far reading has come.

    Attributes:
        pages, records: read.
        total: of all records, as last stated; None where it is not.
    """

    pages: int
    records: int
    total: int | None


Lead = Callable[[str, str], str]
"""Address and target to the address it leads to; refuses what leads elsewhere."""


def first(ask: Ask, paging: Paging | None) -> Ask:
    """The ask for the first page."""
    match paging:
        case ByOffset():
            return ask.having({paging.parameter: paging.start, **_size(paging)})
        case ByPage():
            return ask.having({paging.parameter: paging.first, **_size(paging)})
        case ByKeyset():
            return ask.having(_size(paging))
        case _:
            return ask


def following(
    paging: Paging | None, asked: Ask, page: Page, so_far: SoFar, lead: Lead
) -> Ask | None:
    """The ask for the page after this one; None after the last.

    Raises:
        NextUnknown
        Unreachable: it leads elsewhere.
    """
    match paging:
        case None:
            return None
        case ByLink():
            return by_link(found(page.document, paging.at), asked, page, lead)
        case ByLinkHeader():
            return by_link(page.link, asked, page, lead)
        case ByCursor():
            return _by_cursor(paging, asked, page)
        case ByOffset():
            if _over(paging, page, so_far):
                return None
            # What came counts, not what was asked for: servers hold pages smaller than asked.
            return asked.having({paging.parameter: paging.start + so_far.records})
        case ByPage():
            return _by_page(paging, asked, page, so_far)
        case ByKeyset():
            if _over(paging, page, so_far):
                return None
            last = text_of(found(page.records[-1], paging.record))
            if last is None:
                raise NextUnknown(f"a record has no text or number at {paging.record!r}")
            return asked.having({paging.parameter: last})


def by_link(target: Any, asked: Ask, page: Page, lead: Lead) -> Ask | None:
    """The ask for the address a page gives."""
    if target in (None, "", False):
        return None
    if not isinstance(target, str):
        raise NextUnknown("the next page's address is not text")
    return Ask(lead(page.address, target), asked.body)


def _by_cursor(paging: ByCursor, asked: Ask, page: Page) -> Ask | None:
    if paging.more is not None:
        more = found(page.document, paging.more)
        if not isinstance(more, bool):
            raise NextUnknown(f"{paging.more!r} is neither true nor false")
        if not more:
            return None
    cursor = found(page.document, paging.at)
    if cursor in (None, "", False) and paging.more is None:
        return None
    if not isinstance(cursor, str) or not cursor:
        raise NextUnknown(f"the cursor at {paging.at!r} is not text")
    return asked.having({paging.parameter: cursor})


def _by_page(paging: ByPage, asked: Ask, page: Page, so_far: SoFar) -> Ask | None:
    if paging.pages is not None:
        written = text_of(found(page.document, paging.pages))
        if written is None or not written.isdigit():
            raise NextUnknown(f"the number of pages at {paging.pages!r} is not a whole number")
        if so_far.pages >= int(written):
            return None
    elif _over(paging, page, so_far):
        return None
    return asked.having({paging.parameter: paging.first + so_far.pages})


def _over(paging: ByOffset | ByPage | ByKeyset, page: Page, so_far: SoFar) -> bool:
    """Whether a page that was counted to is the last."""
    if not page.records:
        return True
    if so_far.total is not None:
        return so_far.records >= so_far.total
    return paging.ends == "short" and paging.size is not None and len(page.records) < paging.size


def _size(paging: ByOffset | ByPage | ByKeyset) -> dict[str, str | int]:
    return {} if paging.size is None else {paging.size_parameter: paging.size}
