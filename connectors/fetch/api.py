"""Fetches the pages of a JSON API over HTTP."""

import json
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch.arrival import Arrival, Fetched, Found, Standing
from connectors.fetch.http.ask import Ask
from connectors.fetch.http.mark import Undecidable, mark
from connectors.fetch.http.pages import Reading, fetch_pages, undecidable
from connectors.fetch.http.paging import first, following
from connectors.fetch.http.reached import reached
from connectors.fetch.http.session import Session, session
from connectors.fetch.http.stamp import looked_at, modified, stamp_of
from contracts.places import Api

_ACCEPT = "application/json"


def discover(place: Api, connection: Connection, standing: Standing) -> Found:
    """One arrival: the API's path and parameters, and since when. What it holds decides if it is
    new; of one that is not paged, the server is asked whether it has changed.

    Raises:
        Unreachable: with code and message.
    """
    query = urlencode(sorted(place.parameters.items()))
    name = f"{place.path}?{query}" if query else place.path
    if place.since is not None:
        since = reached(standing.cursor)
        told = f"{name} since {since.value}" if since else name
        return Found((Arrival(name=told, since=standing.cursor),))
    if place.pages_by is not None or place.body is not None:
        return Found((Arrival(name=name),))
    with session(place, connection, _ACCEPT) as asking:
        answer = looked_at(asking, _first(asking, place), standing.stamps.get(name))
        if answer.status == 304:
            return Found()
        asking.demand(answer.status, 200)
        stamp = stamp_of(answer.headers)
        return Found((Arrival(name=name, modified=modified(answer.headers), stamp=stamp),))


def fetch(place: Api, connection: Connection, arrival: Arrival, into: Path) -> Fetched:
    """Writes every page to ``page-0001.json`` ... in ``into``, bytes unchanged.

    Of an API asked only for what is new, no paths where nothing is.

    Raises:
        Unreachable: after retries; the message names the connection and the path, never a secret,
            a query or a page's content. Pages already written are removed.
    """
    with session(place, connection, _ACCEPT) as asking:
        reading = Reading(
            first=first(_since(asking, place, arrival.since), place.pages_by),
            following=partial(following, place.pages_by),
            records=place.records,
            total=place.total,
            total_header=place.total_header,
            keys=(place.key,) if place.key else (),
            changed=place.since.record if place.since else None,
            cursor=arrival.since,
            overlap=place.since.overlap if place.since else "0",
        )
        return fetch_pages(asking, reading, into)


def _first(asking: Session, place: Api) -> Ask:
    body = None if place.body is None else json.dumps(place.body, ensure_ascii=False)
    return Ask(asking.address(place.path), body).having(place.parameters)


def _since(asking: Session, place: Api, cursor: str | None) -> Ask:
    """The ask for what is new."""
    ask = _first(asking, place)
    if place.since is None:
        return ask
    before = reached(cursor)
    if before is None:
        start = place.since.start
        return ask.having({place.since.parameter: start} if start is not None else {})
    try:
        return ask.having({place.since.parameter: mark(before.value).less(place.since.overlap)})
    except Undecidable as error:
        raise _undecidable(asking, place, error) from None


def _undecidable(asking: Session, place: Api, error: Undecidable) -> Unreachable:
    assert place.since is not None
    return undecidable(asking, place.since.record, error)
