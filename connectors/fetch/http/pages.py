"""Reads all pages of an interface to files, and holds what came against what was stated.

Rows that are inserted or deleted while pages are read shift the others: one is read twice, another
not at all. Where the interface states a total, or the feed a key, that shows, and everything is
read once more.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from connectors.errors import Unreachable
from connectors.fetch.arrival import Fetched
from connectors.fetch.http.ask import Ask
from connectors.fetch.http.dig import found, text_of
from connectors.fetch.http.mark import Undecidable, mark
from connectors.fetch.http.page import Page, taken
from connectors.fetch.http.paging import Lead, NextUnknown, SoFar
from connectors.fetch.http.reached import Window, reached
from connectors.fetch.http.session import Session

MOST_PAGES = 100_000

Following = Callable[[Ask, Page, SoFar, Lead], Ask | None]


@dataclass(frozen=True)
class Reading:
    """What is to be read.

    Attributes:
        first: the ask for the first page.
        following: what to ask after a page.
        records: dotted path of the list of records.
        total, total_header: where the count of all records is stated, if it is.
        keys: dotted paths, in a record, of what together is unique to it.
        changed: dotted path, in a record, of what tells when it was changed.
        cursor: what the newest loaded delivery got up to.
        overlap: how far before that it is asked for, as declared.
        headers: sent with each ask.
    """

    first: Ask
    following: Following
    records: str
    total: str | None = None
    total_header: str | None = None
    keys: tuple[str, ...] = ()
    changed: str | None = None
    cursor: str | None = None
    overlap: str = "0"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class _Seen:
    """What reading has met."""

    window: Window
    asks: set[Ask] = field(default_factory=set)
    keys: set[bytes] = field(default_factory=set)
    records: int = 0
    totals: list[int] = field(default_factory=list)
    twice: bool = False

    @property
    def moved(self) -> str | None:
        """Why rows must have moved while they were read; None where nothing shows it."""
        if self.twice:
            return "a record came twice"
        if self.totals and not (self.totals[0] == self.totals[-1] == self.records):
            return f"{self.records} records came of {self.totals[-1]} stated"
        return None


def fetch_pages(session: Session, reading: Reading, into: Path) -> Fetched:
    """Writes every page to ``page-0001.json`` ... in ``into``, bytes unchanged.

    Where only what is new is asked for and nothing is, or only what the overlap brought before, no
    files are left and there is no cursor.

    Raises:
        Unreachable: with code and message; ``pages-moved`` where twice in a row what came is not
            what was stated. Pages already written are removed.
    """
    paths: list[Path] = []
    try:
        for again in (True, False):
            seen = _read(session, reading, into, paths)
            if seen.moved is None:
                break
            _remove(paths)
            if not again:
                raise session.refused(
                    "pages-moved",
                    f"{seen.moved}, twice in a row: rows are inserted or deleted while they are "
                    "read. Try later, or page by keyset",
                    passing=True,
                )
        if reading.changed is None:
            return Fetched(tuple(paths))
        cursor = reached(reading.cursor)
        if seen.records == 0 or (cursor is not None and cursor.seen == seen.window.whole):
            _remove(paths)
            return Fetched(())
        return Fetched(tuple(paths), seen.window.cursor())
    except BaseException:
        _remove(paths)
        raise


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
    paths.clear()


def _read(session: Session, reading: Reading, into: Path, paths: list[Path]) -> _Seen:
    cursor = reached(reading.cursor)
    seen = _Seen(Window(reading.overlap, mark(cursor.value) if cursor else None))
    ask: Ask | None = reading.first
    before: list[object] = []
    while ask is not None:
        if ask in seen.asks or len(paths) >= MOST_PAGES:
            raise _endless(session, len(paths), "points back to a page already read")
        seen.asks.add(ask)
        page = _page(session, reading, ask, len(paths) + 1)
        if page.records and page.records == before:
            raise _endless(session, len(paths) + 1, "has the records of the page before it")
        before = page.records
        path = into / f"page-{len(paths) + 1:04d}.json"
        with path.open("xb") as written:
            paths.append(path)
            written.write(page.content)
        _note(session, reading, page, seen)
        so_far = SoFar(len(paths), seen.records, seen.totals[-1] if seen.totals else None)
        ask = _next(session, reading, ask, page, so_far)
    return seen


def _page(session: Session, reading: Reading, ask: Ask, number: int) -> Page:
    answer = session.exchange(
        ask,
        lambda response: taken(session, response, reading.records),
        f"page {number}",
        headers=lambda: reading.headers,
    )
    session.demand(answer.status, 200)
    assert answer.content is not None
    return answer.content


def _next(session: Session, reading: Reading, ask: Ask, page: Page, so_far: SoFar) -> Ask | None:
    try:
        return reading.following(
            ask, page, so_far, lambda here, target: session.lead(here, target, "the next page")
        )
    except NextUnknown as error:
        raise session.refused(
            "next-malformed",
            f"page {so_far.pages}: {error}; correct the paging of the feed's place",
        ) from None


def _note(session: Session, reading: Reading, page: Page, seen: _Seen) -> None:
    """Counts a page's records, and notes what is told of the whole."""
    seen.records += len(page.records)
    total = page.total(reading.total, reading.total_header)
    if total is not None:
        seen.totals.append(total)
    for record in page.records:
        if reading.keys:
            key = tuple(text_of(found(record, one)) or "" for one in reading.keys)
            if "" in key:
                raise session.refused(
                    "key-missing",
                    f"a record has no text or number at {' and '.join(reading.keys)}, which is "
                    "declared its key; correct the feed's place",
                )
            # Millions of keys as digests: chance meets twice in none of them.
            digest = blake2b("\x1f".join(key).encode("utf-8", "replace"), digest_size=12).digest()
            seen.twice |= digest in seen.keys
            seen.keys.add(digest)
        if reading.changed is not None:
            _see(session, reading.changed, record, seen.window)


def _see(session: Session, changed: str, record: object, window: Window) -> None:
    written = text_of(found(record, changed))
    try:
        if written is None:
            raise Undecidable("a record has none")
        this = mark(written)
        if this.is_ahead(datetime.now(UTC)):
            raise Undecidable("a value is in the future, so that nothing after it would be new")
        window.see(this, record)
    except Undecidable as error:
        raise undecidable(session, changed, error) from None


def undecidable(session: Session, changed: str, error: Undecidable) -> Unreachable:
    """The refusal of what cannot be compared."""
    return session.refused(
        "since-undecidable",
        f"how far it got cannot be told by {changed!r}: {error}; correct the feed's since, or "
        "fetch everything",
    )


def _endless(session: Session, number: int, what: str) -> Unreachable:
    return session.refused(
        "pages-repeat",
        f"page {number} {what}, so the pages would never end. Tell whoever runs the server",
    )
