"""What a server says of a thing's state, and asking it whether that has changed (RFC 9110 § 13)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from connectors.fetch.http.answer import Answer
from connectors.fetch.http.ask import Ask
from connectors.fetch.http.session import Session

_ETAG, _MODIFIED = "ETag: ", "Last-Modified: "


def stamp_of(headers: httpx.Headers) -> str | None:
    """Its entity tag, else the time it was last changed; None where the server says neither."""
    if tag := headers.get("etag", "").strip():
        return f"{_ETAG}{tag}"
    if moment := headers.get("last-modified", "").strip():
        return f"{_MODIFIED}{moment}"
    return None


def conditions(stamp: str | None) -> Mapping[str, str]:
    """Headers that ask for a thing only where it is no longer of a stamp."""
    if stamp is None:
        return {}
    if stamp.startswith(_ETAG):
        return {"If-None-Match": stamp.removeprefix(_ETAG)}
    if stamp.startswith(_MODIFIED):
        return {"If-Modified-Since": stamp.removeprefix(_MODIFIED)}
    return {}


def modified(headers: httpx.Headers) -> datetime | None:
    """When it was last changed (UTC), where the server says so."""
    try:
        moment = parsedate_to_datetime(headers.get("last-modified", ""))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def looked_at(session: Session, ask: Ask, stamp: str | None) -> Answer[None]:
    """A thing's headers without its body; status 304 where it is still of the stamp.

    Asked by HEAD, and where that gives no clean answer (many servers do not know it) by GET, whose
    body is not taken.
    """
    answer: Answer[None] | None = None
    for method in ("HEAD", "GET") if ask.body is None else ("POST",):
        answer = session.exchange(
            ask, lambda _: None, "a look at it", method=method, headers=lambda: conditions(stamp)
        )
        if answer.status in (200, 304):
            break
    assert answer is not None
    if answer.status == 200 and stamp is not None and stamp_of(answer.headers) == stamp:
        return Answer(304, answer.address, answer.headers, None)
    return answer
