"""How far a fetch has got in a table, by the column that rises with what is new."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from connectors.errors import Unreachable
from contracts.places import Database
from contracts.places.database import Watermark

Value = int | Decimal | float | datetime | date | str


@dataclass(frozen=True)
class Cursor:
    """What a fetch got up to.

    Attributes:
        column: the watermark's column; another one has nothing to do with the value.
        value: the highest seen, as text.
        seen: SHA-256 of the rows the next fetch would find were there nothing new.
    """

    column: str
    value: str
    seen: str

    def written(self) -> str:
        """As text, to keep."""
        return json.dumps([self.column, self.value, self.seen])


def kept(text: str | None, watermark: Watermark) -> Cursor | None:
    """A cursor from its text; None where there is none, or it is another column's."""
    if text is None:
        return None
    try:
        column, value, seen = json.loads(text)
    except (TypeError, ValueError):
        return None
    return Cursor(column, value, seen) if column == watermark.column else None


@dataclass(frozen=True)
class Marks:
    """The values of one watermark column."""

    place: Database
    watermark: Watermark
    kind: Any
    """SQLAlchemy's type of the column."""
    dialect: str

    def value(self, text: str) -> Value:
        """A value from its text.

        Raises:
            Unreachable: ``watermark-unfit``: of the column's type, or not a value that rises.
        """
        read = self._reader()
        try:
            if read is not None:
                return read(text)
        except (ValueError, ArithmeticError):
            pass
        raise self._unfit("has a value, or a `start`, that is no number, date or time of its type")

    def later(self, one: str, other: str) -> str:
        """The higher of two values' texts."""
        return max(one, other, key=self.value)

    def from_on(self, text: str, *, overlap: bool = True) -> sa.ColumnElement[bool]:
        """Rows a fetch is to bring that follows on a value: those from the overlap on, and those
        without a mark, of which nobody can tell whether they are new."""
        column: sa.ColumnElement[Any] = sa.column(self.watermark.column)
        value = self.value(text)
        if overlap and self.watermark.overlap:
            value = self._before(value)
        kind = sa.types.NullType() if self.dialect == "sqlite" else self.kind
        return (column >= sa.literal(value, kind)) | column.is_(None)

    def that_count(self) -> sa.ColumnElement[bool] | None:
        """Rows whose mark says how far a fetch has got: times more than a day to come do not, or
        after one slip of the pen nothing would ever be new. Such rows come each time."""
        reader, limit = self._reader(), datetime.now(UTC) + timedelta(days=1)
        column: sa.ColumnElement[Any] = sa.column(self.watermark.column)
        if reader == self._moment:
            latest = limit if self._zoned() else limit.replace(tzinfo=None)
            return column <= sa.literal(latest, self.kind)
        if reader == date.fromisoformat:
            return column <= sa.literal(limit.date(), self.kind)
        return None

    def _before(self, value: Value) -> Value:
        overlap = self.watermark.overlap
        if isinstance(value, datetime):
            return value - timedelta(seconds=overlap)
        if isinstance(value, date):
            return value - timedelta(days=overlap)
        if isinstance(value, Decimal):
            return value - Decimal(str(overlap))
        if isinstance(value, int):
            return value - int(-(-overlap // 1))
        if isinstance(value, float):
            return value - overlap
        raise self._unfit("holds text, of which an overlap cannot be taken; declare none")

    def _reader(self) -> Callable[[str], Value] | None:
        kind = self.kind
        if isinstance(kind, sa.Integer):
            return int
        if isinstance(kind, sa.Float):
            return float
        if isinstance(kind, sa.Numeric):
            return Decimal
        if isinstance(kind, sa.String) or self.dialect == "sqlite":
            # SQLite keeps dates and times as text.
            return str
        if isinstance(kind, sa.DateTime):
            return self._moment
        if isinstance(kind, sa.Date):
            return date.fromisoformat
        return None

    def _moment(self, text: str) -> datetime:
        found = datetime.fromisoformat(text)
        if self._zoned():
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        if found.tzinfo:
            raise ValueError("a zone where the column has none")
        return found

    def _zoned(self) -> bool:
        """Whether the column's times are moments, wherever they are read."""
        if self.dialect in ("mysql", "mariadb"):
            return isinstance(self.kind, sa.TIMESTAMP)
        return bool(self.kind.timezone)

    def _unfit(self, what: str) -> Unreachable:
        return Unreachable(
            "watermark-unfit",
            f"Table {self.place.table} (connection {self.place.connection!r}): column "
            f"{self.watermark.column!r} {what}. A watermark is a number, date or time; correct the "
            "feed's place.",
        )
