"""What of a table is asked for: the parameters of a request, checked against the columns' types."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from psycopg import sql

from api.catalogue import Column, Table
from api.cursors import Cursors, Place
from api.problems import Problem, Wrong
from api.settings import Limits

ORDERED = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "text": ("", "in", "null"),
    "uuid": ("", "in", "null"),
    "boolean": ("", "null"),
    "date": ("", *ORDERED, "in", "null"),
    "numeric": ("", *ORDERED, "in", "null"),
    "bigint": ("", *ORDERED, "in", "null"),
}
"""What may be asked of a column, by its type; the empty word is equality."""

OTHERS = ("columns", "format")
PAGING = ("limit", "cursor")
TEXT = r"^[^\x00]{0,1000}$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
WHOLE = r"^-?[0-9]{1,18}$"
IDENTIFIER = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

Value = str | date | Decimal | int | bool | uuid.UUID


@dataclass(frozen=True)
class Asked:
    """What a request asks of a table.

    Attributes:
        columns: those wanted, in the order of the table.
        conditions: all of which a row must meet.
        limit: rows of a page; None where all are wanted.
        after: where the page before ended.
        format: the format named in the address.
        canonical: the same for requests that ask the same.
    """

    columns: tuple[Column, ...]
    conditions: tuple[sql.Composable, ...]
    limit: int | None
    after: Place | None
    format: str | None
    canonical: tuple[tuple[str, str], ...]


def number_pattern(column: Column) -> str:
    """How a number of a column is written: no more decimals than the column has."""
    return rf"^-?[0-9]{{1,{18 - column.scale}}}(\.[0-9]{{1,{column.scale}}})?$"


def asked(
    table: Table,
    parameters: Iterable[tuple[str, str]],
    cursors: Cursors,
    limits: Limits,
    *,
    paged: bool,
) -> Asked:
    """What the parameters of a request ask.

    Args:
        parameters: as they stand in the address, in their order.
        paged: whether it is a page that is asked for, rather than the whole.

    Raises:
        Problem: 422, naming every parameter that is wrong; 404 where only the cursor is.
    """
    reading = _Reading(table, cursors, limits, paged)
    given: dict[str, list[str]] = {}
    for name, value in parameters:
        given.setdefault(name, []).append(value)
    for name, values in given.items():
        reading.take(name, values)
    if [one.parameter for one in reading.wrong] == ["cursor"]:
        raise Problem(404, f"There is no such page: {reading.wrong[0].detail}", reading.wrong)
    if reading.wrong:
        said = "; ".join(f"{one.parameter}: {one.detail}" for one in reading.wrong[:3])
        raise Problem(422, f"The request cannot be understood: {said}", reading.wrong)
    if paged and reading.limit is None:
        reading.limit = limits.page
    canonical = sorted((name, value) for name, values in given.items() for value in values)
    return Asked(
        tuple(reading.columns), tuple(reading.conditions), reading.limit, reading.after,
        reading.format, tuple(canonical),
    )  # fmt: skip


class _Reading:
    """Takes one parameter after the other, collecting what is wrong on the way."""

    def __init__(self, table: Table, cursors: Cursors, limits: Limits, paged: bool) -> None:
        self.table, self.cursors, self.limits, self.paged = table, cursors, limits, paged
        self.columns: list[Column] = list(table.columns.values())
        self.conditions: list[sql.Composable] = []
        self.limit: int | None = None
        self.after: Place | None = None
        self.format: str | None = None
        self.wrong: list[Wrong] = []

    def take(self, name: str, values: list[str]) -> None:
        own = {"columns": self.pick, "format": self.say_format}
        if self.paged:
            own |= {"limit": self.say_limit, "cursor": self.go_on}
        column, _, operator = name.partition(".")
        try:
            if name in own:
                own[name](_one(values))
            elif column in self.table.columns:
                self.condition(self.table.columns[column], operator, values)
            else:
                raise ValueError("there is no such parameter and no such column")
        except ValueError as error:
            # What was given may be anything, and long.
            self.wrong.append(Wrong(name[:100], str(error)))

    def pick(self, value: str) -> None:
        names = value.split(",")
        if not set(names) <= set(self.table.columns) or len(set(names)) < len(names):
            raise ValueError("names of columns with commas between them, each once")
        self.columns = [one for one in self.table.columns.values() if one.name in names]

    def say_format(self, value: str) -> None:
        if value not in ("json", "csv", "parquet"):
            raise ValueError("json, csv or parquet")
        self.format = value

    def say_limit(self, value: str) -> None:
        if not re.fullmatch(r"\d{1,6}", value, re.ASCII) or not 1 <= int(value) <= self.limits.most:
            raise ValueError(f"a whole number from 1 to {self.limits.most}")
        self.limit = int(value)

    def go_on(self, value: str) -> None:
        self.after = self.cursors.place(self.table.name, value)
        if self.after is None:
            raise ValueError("no cursor of this table; take it from the page before, as it stands")

    def condition(self, column: Column, operator: str, values: list[str]) -> None:
        allowed = OPERATORS[column.family]
        if operator not in allowed:
            said = ", ".join(f"{column.name}.{one}" if one else column.name for one in allowed)
            raise ValueError(f"of this column one may ask {said}")
        name = sql.Identifier(column.name)
        if operator == "null":
            wanted = sql.SQL("" if _yes_no(_one(values)) else " NOT")
            self.conditions.append(sql.SQL("{} IS{} NULL").format(name, wanted))
            return
        if operator == "in":
            if len(values) > self.limits.values:
                raise ValueError(f"at most {self.limits.values} values")
            listed = sql.SQL(", ").join(_literal(column, one) for one in values)
            self.conditions.append(sql.SQL("{} IN ({})").format(name, listed))
            return
        sign = sql.SQL(ORDERED.get(operator, "="))
        literal = _literal(column, _one(values))
        self.conditions.append(sql.SQL("{} {} {}").format(name, sign, literal))


def _one(values: list[str]) -> str:
    if len(values) > 1:
        raise ValueError("given more than once")
    return values[0]


def _literal(column: Column, text: str) -> sql.Composable:
    """A value as SQL, of the column's own type, so that indexes serve and nothing is cast."""
    value = _READERS[column.family](column, text)
    return sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(_TYPES[column.family]))


def _text(column: Column, text: str) -> Value:
    if not re.fullmatch(TEXT, text, re.DOTALL):
        raise ValueError("a text of at most 1,000 characters, without the character nought")
    return text


def _date(column: Column, text: str) -> Value:
    if re.fullmatch(DAY, text, re.ASCII):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError("a date as 2026-04-30")


def _number(column: Column, text: str) -> Value:
    if not re.fullmatch(number_pattern(column), text, re.ASCII):
        raise ValueError(f"a number as 12.5, with at most {column.scale} decimals")
    return Decimal(text)


def _whole(column: Column, text: str) -> Value:
    if not re.fullmatch(WHOLE, text, re.ASCII):
        raise ValueError("a whole number of at most 18 digits")
    return int(text)


def _yes_no(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("true or false")
    return text == "true"


def _identifier(column: Column, text: str) -> Value:
    if not re.fullmatch(IDENTIFIER, text, re.ASCII):
        raise ValueError("an identifier as 01234567-89ab-cdef-0123-456789abcdef")
    return uuid.UUID(text)


_READERS: Mapping[str, Callable[[Column, str], Value]] = {
    "text": _text,
    "date": _date,
    "numeric": _number,
    "bigint": _whole,
    "boolean": lambda _, text: _yes_no(text),
    "uuid": _identifier,
}
_TYPES = {name: name for name in _READERS}
