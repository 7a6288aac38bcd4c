"""The greatest value seen of what tells when a record was changed, compared without guessing.

A whole number; a date; a timestamp of ISO 8601, with or without a zone; or OData 2's
``/Date(ticks)/``. Values of one kind are compared, of two kinds never: a timestamp without a zone
and one with it have no order.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Literal

Kind = Literal["number", "date", "local", "instant", "ticks", "ticks-offset"]

_NUMBER = re.compile(r"-?[0-9]{1,30}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d)(:\d\d)?(\.\d{1,12})?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_TICKS = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_AHEAD = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1)


class Undecidable(Exception):
    """Which value is the greater cannot be said; the message says why, without the value."""


@dataclass(frozen=True)
class Mark:
    """A value: as written, its kind, and its place in the order of its kind (numbers as they are,
    days, seconds since 1970)."""

    text: str
    kind: Kind
    at: Fraction

    def later(self, other: "Mark") -> "Mark":
        """The greater of two.

        Raises:
            Undecidable: they are of two kinds.
        """
        if self.kind != other.kind:
            raise Undecidable(f"one value is a {_WORDS[self.kind]}, another a {_WORDS[other.kind]}")
        return other if other.at > self.at else self

    def is_ahead(self, now: datetime) -> bool:
        """Whether it is more than a day after now (UTC): from then on nothing would be new."""
        if self.kind == "number":
            return False
        latest = _seconds(now.astimezone(UTC).replace(tzinfo=None) + _AHEAD)
        return self.at * (86_400 if self.kind == "date" else 1) > latest

    def less(self, overlap: str) -> str:
        """The value an overlap before this one, written as this one is.

        Raises:
            Undecidable: the overlap is not of its kind: hours of a number, say.
        """
        amount, unit = int(overlap.rstrip("smhd")), overlap.lstrip("0123456789")
        if amount == 0:
            return self.text
        if self.kind == "number":
            if unit:
                raise Undecidable("an overlap of time cannot be taken from a number")
            return str(int(self.text) - amount)
        if not unit or (self.kind == "date" and unit != "d"):
            wanted = "days, such as 2d" if self.kind == "date" else "time, such as 15m"
            raise Undecidable(f"the overlap of a {_WORDS[self.kind]} is {wanted}")
        return self._moved(timedelta(seconds=amount * _UNITS[unit]))

    def _moved(self, back: timedelta) -> str:
        if self.kind == "date":
            return (date.fromisoformat(self.text) - back).isoformat()
        if (ticks := _TICKS.fullmatch(self.text)) is not None:
            moved = int(ticks[1]) - int(back.total_seconds()) * 1000
            return f"/Date({moved}{ticks[2] or ''})/"
        parts = _TIME.fullmatch(self.text)
        assert parts is not None
        day, between, minutes, seconds, fraction, zone = parts.groups()
        moment = datetime.fromisoformat(f"{day}T{minutes}{seconds or ':00'}") - back
        written = moment.strftime("%H:%M:%S") if seconds or moment.second else f"{moment:%H:%M}"
        return f"{moment.date().isoformat()}{between}{written}{fraction or ''}{zone or ''}"


_WORDS: dict[Kind, str] = {
    "number": "whole number",
    "date": "date",
    "local": "timestamp without a zone",
    "instant": "timestamp with a zone",
    "ticks": "timestamp without a zone",
    "ticks-offset": "timestamp with a zone",
}


def mark(text: str) -> Mark:
    """A value as text.

    Raises:
        Undecidable: it is of no kind that has an order here.
    """
    try:
        if _NUMBER.fullmatch(text):
            return Mark(text, "number", Fraction(int(text)))
        if _DATE.fullmatch(text):
            return Mark(text, "date", Fraction((date.fromisoformat(text) - _EPOCH.date()).days))
        if (ticks := _TICKS.fullmatch(text)) is not None:
            kind: Kind = "ticks-offset" if ticks[2] else "ticks"
            return Mark(text, kind, Fraction(int(ticks[1]), 1000))
        if (parts := _TIME.fullmatch(text)) is not None:
            return _moment(text, parts)
    except ValueError:
        pass
    raise Undecidable("a value is neither a whole number nor a date nor a timestamp (ISO 8601)")


def _moment(text: str, parts: re.Match[str]) -> Mark:
    day, _, minutes, seconds, fraction, zone = parts.groups()
    moment = datetime.fromisoformat(f"{day}T{minutes}{seconds or ':00'}")
    at = _seconds(moment) + Fraction(f"0{fraction}" if fraction else 0)
    if zone is None:
        return Mark(text, "local", at)
    if zone != "Z":
        hours, rest = int(zone[1:3]), int(zone[-2:])
        if hours > 18 or rest > 59:
            raise ValueError("no offset")
        offset = (hours * 60 + rest) * 60
        at -= offset if zone[0] == "+" else -offset
    return Mark(text, "instant", at)


def _seconds(moment: datetime) -> Fraction:
    since = moment - _EPOCH
    return Fraction(since.days * 86_400 + since.seconds) + Fraction(since.microseconds, 1_000_000)
