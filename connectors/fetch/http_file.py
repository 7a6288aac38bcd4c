"""Fetches one file at an address of an HTTP server, where the server says it has changed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from connectors.connection import Connection
from connectors.fetch.arrival import Arrival, Fetched, Found, Standing
from connectors.fetch.http.ask import Ask
from connectors.fetch.http.download import downloaded
from connectors.fetch.http.session import session
from connectors.fetch.http.stamp import looked_at, modified, stamp_of
from contracts.places import HttpFile
from contracts.places.http_file import DATES

_ACCEPT = "*/*"
_NOT_THERE = (404, 410)


def discover(place: HttpFile, connection: Connection, standing: Standing) -> Found:
    """The file, or those of the dates in its path, oldest first; what has not changed is no
    arrival.

    Raises:
        Unreachable: ``file-missing`` where there is no file and its path has no date; and others.
    """
    arrivals: list[Arrival] = []
    with session(place, connection, _ACCEPT) as asking:
        for day in _days(place):
            name = _name(place, day)
            target = _target(place, day)
            ask = Ask(asking.address(target))
            answer = looked_at(asking, ask, standing.stamps.get(name))
            if answer.status == 304 or (answer.status in _NOT_THERE and place.period):
                continue
            if answer.status in _NOT_THERE:
                raise asking.refused(
                    "file-missing",
                    f"there is no such file (HTTP {answer.status}); correct the feed's path, or "
                    "ask the supplier",
                    passing=True,
                )
            asking.demand(answer.status, 200)
            stamp = stamp_of(answer.headers)
            size = answer.headers.get("content-length", "")
            arrivals.append(
                Arrival(
                    name=name,
                    # A size alone tells no state from another.
                    size=int(size) if stamp and size.isdigit() else None,
                    modified=modified(answer.headers),
                    files=(target,),
                    stamp=stamp,
                )
            )
    return Found(tuple(arrivals))


def fetch(place: HttpFile, connection: Connection, arrival: Arrival, into: Path) -> Fetched:
    """Writes the file to ``into``, bytes unchanged, under the name the server gives it.

    Raises:
        Unreachable: after retries; nothing is left in ``into`` then.
    """
    with session(place, connection, _ACCEPT) as asking:
        ask = Ask(asking.address(arrival.files[0]))
        return Fetched((downloaded(asking, place, ask, into, arrival.name),))


def _target(place: HttpFile, day: date) -> str:
    """Path and parameters with the dates of a day."""
    path = quote(_dated(place.path, day), safe="/%:@!$&'()*+,;=~-._")
    parameters = {name: _dated(value, day) for name, value in place.parameters.items()}
    return Ask(path).having(parameters).address


def _name(place: HttpFile, day: date) -> str:
    """The declared name, else the last part of the path."""
    if place.name:
        return _dated(place.name, day)
    return unquote(_dated(place.path, day).rstrip("/").rpartition("/")[2]) or place.path


def _dated(written: str, day: date) -> str:
    return DATES.sub(lambda found: day.strftime(found[1]), written)


def _days(place: HttpFile) -> list[date]:
    """A day of each period looked at, the present one last; in London, as all days here."""
    today = datetime.now(ZoneInfo("Europe/London")).date()
    return sorted(set(_back(place, today)))


def _back(place: HttpFile, today: date) -> Iterator[date]:
    yield today
    for i in range(1, place.back + 1):
        match place.period:
            case "day":
                yield today - timedelta(days=i)
            case "week":
                yield today - timedelta(weeks=i)
            case "month":
                months = today.year * 12 + today.month - 1 - i
                yield date(months // 12, months % 12 + 1, 1)
            case "year":
                yield date(today.year - i, 1, 1)
            case None:
                return
