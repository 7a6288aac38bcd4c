"""What is asked of an export, checked before anything is read."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import psycopg

from repository.access.purpose_tables import (
    SIGNS,
    Condition,
    NoSuchTable,
    PurposeColumn,
    When,
    columns_of_table,
    has_past,
    purposes_with,
    reads_as,
    tables_of,
)

FORMATS = {".parquet": "parquet", ".csv": "csv", ".xlsx": "xlsx"}


class UnusableRequest(Exception):
    """An export cannot be made as it is asked for; the message says what to ask instead."""


@dataclass(frozen=True)
class Request:
    """An export as asked for.

    Attributes:
        table: a purpose's table, such as ``payment``.
        to: the file; its ending says the format.
        purpose: needed where several have the table.
        as_at, as_known: a past state; the current one where None.
        columns: those wanted; all where empty.
        where: conditions such as ``body=Northmoor Council``; all must hold.
        exact: whether text that a spreadsheet would take for a formula stays as it is in CSV.
    """

    table: str
    to: Path
    purpose: str | None = None
    as_at: date | None = None
    as_known: datetime | None = None
    columns: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    exact: bool = False

    @property
    def format(self) -> str:
        """``parquet``, ``csv`` or ``xlsx``.

        Raises:
            UnusableRequest: the file's name ends otherwise.
        """
        return format_of(self.to)

    @property
    def when(self) -> When:
        """The state asked for."""
        return When(self.as_at, self.as_known)


def format_of(path: Path) -> str:
    """The format a file's name says.

    Raises:
        UnusableRequest: it says none.
    """
    found = FORMATS.get(path.suffix.casefold())
    if found is None:
        raise UnusableRequest(f"{path.name}: name a file that ends in {', '.join(FORMATS)}")
    return found


@dataclass(frozen=True)
class Asked:
    """A request that can be met: the purpose, the columns and the conditions it means."""

    purpose: str
    columns: tuple[PurposeColumn, ...]
    conditions: tuple[Condition, ...]


def checked(conn: psycopg.Connection, request: Request) -> Asked:
    """What a request means.

    Args:
        conn: as the repository's owner.

    Raises:
        UnusableRequest, NoSuchTable: with what there is instead.
    """
    purpose = _purpose(conn, request)
    there = {one.name: one for one in columns_of_table(conn, purpose, request.table)}
    if "" in request.columns:
        raise UnusableRequest("a name of a column is empty; write them as body,paid_on,amount")
    for name in request.columns:
        _known(name, there, purpose, request.table)
    conditions = tuple(_condition(text, there, purpose, request.table) for text in request.where)
    for one in conditions:
        # The value itself may be personal, and is not repeated.
        if not reads_as(conn, there[one.column], one.value):
            raise UnusableRequest(
                f"what {one.column} is compared with is no {there[one.column].sql_type}; "
                f"{_written(there[one.column].sql_type)}"
            )
    past = request.as_at is not None or request.as_known is not None
    if past and not has_past(conn, purpose, request.table, request.when):
        raise UnusableRequest(
            f"{request.table} has no such past states for purpose {purpose}: it is no table of an "
            "entity, or the days its rows are valid on may not be read"
        )
    wanted = request.columns or tuple(there)
    if len(set(wanted)) < len(wanted):
        raise UnusableRequest("a column is named twice; name each once")
    return Asked(purpose, tuple(there[name] for name in wanted), conditions)


def _purpose(conn: psycopg.Connection, request: Request) -> str:
    found = purposes_with(conn, request.table)
    if request.purpose is not None and request.purpose in found:
        return request.purpose
    if request.purpose is not None:
        there = [table for _, table in tables_of(conn, request.purpose)]
        if not there:
            purposes = sorted({purpose for purpose, _ in tables_of(conn)})
            raise NoSuchTable(
                f"there is no purpose {request.purpose} in force; there are "
                f"{', '.join(purposes) or 'none: run `watersmeet migrate`'}"
            )
        raise NoSuchTable(
            f"purpose {request.purpose} has no table {request.table}; it has {', '.join(there)}"
        )
    if not found:
        there = [f"{purpose}.{table}" for purpose, table in tables_of(conn)]
        raise NoSuchTable(
            f"no purpose has a table {request.table}; there are "
            f"{', '.join(there) or 'none: run `watersmeet migrate`'}"
        )
    if len(found) > 1:
        raise UnusableRequest(
            f"several purposes have {request.table}; say which you read it for with --purpose: "
            f"{', '.join(found)}"
        )
    return found[0]


def _condition(text: str, there: dict[str, PurposeColumn], purpose: str, table: str) -> Condition:
    signs = "|".join(map(re.escape, SIGNS))
    found = re.fullmatch(rf"\s*(\w+)\s*({signs})(.*)", text, re.DOTALL)
    if found is None:
        raise UnusableRequest(
            f"a condition is COLUMN=VALUE, with one of {' '.join(SIGNS)}; the one given has none"
        )
    name, sign, value = found.groups()
    _known(name, there, purpose, table)
    return Condition(name, sign, value.strip())


def _written(sql_type: str) -> str:
    """How a value of a type is written."""
    examples = {"date": "2026-04-30", "timestamp with time zone": "2026-04-30T09:00Z",
                "boolean": "true", "uuid": "01234567-89ab-cdef-0123-456789abcdef"}  # fmt: skip
    return f"write it as {examples.get(sql_type, '12.50' if '(' in sql_type else '12')}"


def _known(name: str, there: dict[str, PurposeColumn], purpose: str, table: str) -> None:
    if name not in there:
        raise NoSuchTable(
            f"{table} has no column {name} for purpose {purpose}; it has {', '.join(there)}"
        )
