"""Fetches an entity set of an OData service, version 4 or 2, as JSON.

After OASIS, OData Version 4.01 (Parts 1 and 2, JSON Format), and OData Version 2.0 (odata.org).
"""

from functools import partial
from pathlib import Path

from connectors.connection import Connection
from connectors.fetch.arrival import Arrival, Fetched, Found, Standing
from connectors.fetch.http.ask import Ask
from connectors.fetch.http.dig import found
from connectors.fetch.http.mark import Undecidable, mark
from connectors.fetch.http.odata_literal import literal
from connectors.fetch.http.page import Page
from connectors.fetch.http.pages import Reading, fetch_pages, undecidable
from connectors.fetch.http.paging import Lead, SoFar, by_link
from connectors.fetch.http.reached import reached
from connectors.fetch.http.session import Session, session
from contracts.places import OData

# Without metadata=none every record would carry links and tags of the service beside its data.
_ACCEPT = {4: "application/json;odata.metadata=none", 2: "application/json"}
_VERSION_HEADERS = {
    4: {"OData-Version": "4.0", "OData-MaxVersion": "4.01"},
    2: {"DataServiceVersion": "2.0", "MaxDataServiceVersion": "2.0"},
}
_NEXT = {4: ("@odata.nextLink", "@nextLink"), 2: ("d.__next",)}
_TOTAL = {4: "@odata.count", 2: "d.__count"}


def discover(place: OData, connection: Connection, standing: Standing) -> Found:
    """One arrival: the entity set, and since when. What it holds decides if it is new."""
    since = reached(standing.cursor) if place.since else None
    name = f"{place.path} since {since.value}" if since else place.path
    return Found((Arrival(name=name, since=standing.cursor if since else None),))


def fetch(place: OData, connection: Connection, arrival: Arrival, into: Path) -> Fetched:
    """Writes every page to ``page-0001.json`` ... in ``into``, bytes unchanged.

    Of a set asked only for what is new, no paths where nothing is.

    Raises:
        Unreachable: after retries, never with a secret, a query or a page's content. Pages already
            written are removed.
    """
    headers = dict(_VERSION_HEADERS[place.version])
    if place.page_size and place.version == 4:
        headers["Prefer"] = f"odata.maxpagesize={place.page_size}"
    with session(place, connection, _ACCEPT[place.version]) as asking:
        first = _first(asking, place, arrival.since)
        reading = Reading(
            first=first,
            following=partial(_following, place, first),
            records=place.records,
            total=_TOTAL[place.version] if place.count else None,
            keys=place.key,
            changed=place.since.record if place.since else None,
            cursor=arrival.since,
            overlap=place.since.overlap if place.since else "0",
            headers=headers,
        )
        return fetch_pages(asking, reading, into)


def _first(asking: Session, place: OData, cursor: str | None) -> Ask:
    options: dict[str, str | int] = dict(place.parameters)
    if place.version == 2:
        options["$format"] = "json"
    if place.select:
        options["$select"] = ",".join(place.select)
    if wanted := _filter(asking, place, cursor):
        options["$filter"] = wanted
    if place.key:
        options["$orderby"] = ",".join(place.key)
    if place.count:
        options |= {"$count": "true"} if place.version == 4 else {"$inlinecount": "allpages"}
    if place.paging == "client" and place.page_size:
        options |= {"$skip": 0, "$top": place.page_size}
    return Ask(asking.address(place.path)).having(options)


def _filter(asking: Session, place: OData, cursor: str | None) -> str | None:
    """The declared filter, and that records were changed since the cursor, less the overlap."""
    since, before = place.since, reached(cursor)
    if since is None or (before is None and since.start is None):
        return place.filter
    try:
        start = mark(since.start or "") if before is None else mark(before.value)
        value = start.text if before is None else start.less(since.overlap)
        changed = f"{since.record} ge {literal(value, place.version, since.type)}"
    except Undecidable as error:
        raise undecidable(asking, since.record, error) from None
    return f"({place.filter}) and {changed}" if place.filter else changed


def _following(
    place: OData, first: Ask, ask: Ask, page: Page, so_far: SoFar, lead: Lead
) -> Ask | None:
    """The page the service points to; where the client divides and it points to none, those after
    the records that came."""
    target = next((to for at in _NEXT[place.version] if (to := found(page.document, at))), None)
    if target is not None:
        return by_link(target, ask, page, lead)
    if place.paging == "server" or not page.records or so_far.records == so_far.total:
        return None
    # From the first ask: that of a page the service pointed to has its own mark in it.
    return first.having({"$skip": so_far.records})
