"""Values of a database as exact text, the same text for the same value every time.

PostgreSQL and MariaDB write their values themselves, for a driver's types hold less than a database
may: years beyond 9999, `infinity`, months of an interval, 0000-00-00. Of other databases the
driver's values are written.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from connectors.errors import Unreachable

MOST_LINES = 100
"""Line ends a record may hold: readers of delimited text take more for a quotation mark that was
forgotten, and what follows for records."""

# Every value quoted, and only NULL not: so an empty text and none are told apart.
_QUOTED = pacsv.WriteOptions(include_header=False, quoting_style="all_valid")
_write_csv: Any = pacsv.write_csv
_LINE_END = r"\r\n|\r|\n"


class Sink(Protocol):
    """Where bytes go."""

    def write(self, content: bytes, /) -> int:
        """Takes some; how many."""


def selected(dialect: str, column: sa.ColumnElement[Any], kind: Any) -> sa.ColumnElement[Any]:
    """What to select so that a column of a type comes as text, or as what :func:`write` makes text
    of."""
    if dialect == "postgresql":
        return _of_postgresql(column, kind)
    if dialect in ("mysql", "mariadb"):
        return _of_mysql(column, kind)
    return column


def ordering(dialect: str, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """By what to order where no key does: by bytes, where a database takes `a` and `A` for one."""
    if dialect in ("mysql", "mariadb"):
        return sa.cast(expression, sa.LargeBinary)
    return expression


def _of_postgresql(column: sa.ColumnElement[Any], kind: Any) -> sa.ColumnElement[Any]:
    if isinstance(kind, sa.Boolean):
        return sa.func.upper(sa.cast(column, sa.Text))
    if type(kind) in (sa.Text, sa.TEXT, sa.VARCHAR, sa.String):
        return column
    # Not CAST: that takes the blanks of a character(n), and adds a mask to an address.
    written: sa.ColumnElement[Any] = sa.func.concat(column)
    if isinstance(kind, sa.DateTime | sa.Time) and kind.timezone:
        # Of an offset of whole hours it writes no minutes, which ISO 8601 does beside a colon.
        written = sa.func.regexp_replace(written, r"([+-]\d\d)$", r"\1:00")
    return sa.case((column.is_not(None), written))


def _of_mysql(column: sa.ColumnElement[Any], kind: Any) -> sa.ColumnElement[Any]:
    if isinstance(kind, mysql.FLOAT):
        # As such it would be sent with six digits.
        return sa.type_coerce(column, sa.Numeric) + sa.literal_column("0e0")
    if isinstance(kind, mysql.BIT):
        return sa.type_coerce(column, sa.Integer) + sa.literal_column("0")
    if isinstance(kind, sa.TIMESTAMP):
        # The session is at UTC.
        return sa.func.concat(column, "+00:00")
    if isinstance(kind, sa.Integer | sa.DECIMAL | sa.DateTime | sa.Date | sa.Time | mysql.YEAR):
        return sa.cast(column, sa.CHAR)
    return column


def writers(dialect: str, kinds: Iterable[Any]) -> list[Callable[[Any], str]]:
    """What makes text of the values of each column, where they are not text already."""
    short = dialect in ("mysql", "mariadb")
    return [_of_float32 if short and isinstance(kind, mysql.FLOAT) else text for kind in kinds]


def text(value: Any) -> str:
    """One value of a driver's as text: digits and scale as they are, dates in ISO 8601.

    Raises:
        TypeError: a type nobody has said the text of; the message names the type only.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | UUID):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.6f}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    raise TypeError(type(value).__name__)


def _of_float32(value: Any) -> str:
    return text(value) if isinstance(value, str) else str(np.float32(value))


def header(names: Sequence[str]) -> bytes:
    """The line of names."""
    return (",".join('"' + name.replace('"', '""') + '"' for name in names) + "\n").encode()


def write(
    rows: Sequence[Sequence[Any]],
    names: Sequence[str],
    making: Sequence[Callable[[Any], str]],
    into: Sink,
) -> None:
    """Some rows as delimited text (RFC 4180, UTF-8, LF).

    Args:
        rows: at least one; may hold further columns behind those named.
        making: see :func:`writers`.

    Raises:
        Unreachable: ``value-too-many-lines``, ``value-undecodable``, ``value-unknown``; names the
            column.
    """
    columns = []
    for i, (name, make) in enumerate(zip(names, making, strict=True)):
        columns.append(_column([row[i] for row in rows], name, make))
    lines = sum(pc.count_substring_regex(one, _LINE_END).fill_null(0).to_numpy() for one in columns)
    if np.max(lines) > MOST_LINES:
        worst = max(zip(columns, names, strict=True), key=lambda one: _most_lines(one[0]))[1]
        raise _unfit(
            "value-too-many-lines",
            f"a row has over {MOST_LINES} line ends in its values, most of them in column "
            f"{worst!r}, which delimited text cannot carry safely; name the columns to fetch "
            "without it, or have a view made that shortens it",
        )
    # Not by name: a table with two names alike but for what Arrow makes of them is still two.
    table = pa.table(columns, names=[str(i) for i in range(len(names))])
    _write_csv(table, into, _QUOTED)


def _most_lines(column: pa.Array) -> int:
    return int(pc.max(pc.count_substring_regex(column, _LINE_END)).as_py() or 0)


def _column(values: list[Any], name: str, make: Callable[[Any], str]) -> pa.Array:
    wrong = "value-undecodable", "a text in it is not Unicode"
    try:
        return pa.array(
            [one if one is None or type(one) is str else make(one) for one in values], pa.string()
        )
    except TypeError as error:
        wrong = "value-unknown", f"its values are of the driver's type {str(error)[:40]}"
    except (UnicodeError, pa.ArrowInvalid):
        pass
    code, what = wrong
    raise _unfit(code, f"column {name!r} cannot be written as text: {what}; leave it out")


def _unfit(code: str, what: str) -> Unreachable:
    return Unreachable(code, f"{what[:1].upper()}{what[1:]}.")
