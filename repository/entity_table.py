"""What the tables of one entity look like: ``store.<entity>`` and ``history.<entity>``.

``store.<entity>`` holds, for each identifier and feed, the latest statement as it is known now, and
is partitioned by feed. ``history.<entity>`` holds everything else: what was so before, and what was
taken for so until something else was learnt. Beside the contract's canonical columns:

=============  ===========================================================================
record_hash    hash of the record as written, mixed with what decided how it was read
known_from     from when on the repository knew the row as it is (store only)
delivery_id    the delivery that brought it
row_number     the row of that delivery
upheld_by      the delivery the row stands or falls with: the one that brought it, or the last of
               another name that repeated it
as_at          from which date on deliveries speak of the row as it is
feed_id        the feed
<entity>_id    the repository's identifier
role           the role the entity plays in that row, where the contract names one
valid_during   when it was so. In the store it follows from the source's own dates or ``as_at``; in
               history it is what is left of that beside other statements
known_during   while the repository holds that it was so (history only)
open_until     until then the row was the latest statement, with its period as stated; null: it
               never was, since it was learnt after what came later (history only)
stated_during  the period as stated (history only)
ended_by       the delivery that changed, ended or corrected it (history only)
ending         ``changed``, ``gone`` or ``corrected`` (history only)
=============  ===========================================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from psycopg import sql

from contracts.entity import Entity, entity_facts
from contracts.kinds import Identifier, Kind
from contracts.model import canonical_columns

TECHNICAL = {
    "record_hash": "bigint",
    "known_from": "timestamptz",
    "delivery_id": "integer",
    "row_number": "integer",
    "upheld_by": "integer",
    "as_at": "date",
    "feed_id": "smallint",
    "role": "text",
}
ENDING = {
    "valid_during": "daterange",
    "known_during": "tstzrange",
    "open_until": "timestamptz",
    "ended_by": "integer",
    "ending": "text",
}
MEANINGS = {
    "record_hash": "Hash of the record as written, mixed with what decided how it was read",
    "known_from": "From when on the repository knew the row as it is (database clock)",
    "delivery_id": "The delivery that brought the row",
    "row_number": "The row of that delivery",
    "upheld_by": "The delivery the row stands or falls with: the one that brought it, or the last "
    "of another name that repeated it",
    "as_at": "From which date on deliveries speak of the row as it is",
    "feed_id": "The feed that supplies the row",
    "role": "The role the entity plays in that row",
    "known_during": "While the repository holds that it was so (database clock); open: still",
    "open_until": "Until then the row was the latest statement, with its period as stated "
    "(database clock); null: it never was",
    "ended_by": "The delivery that changed, ended or corrected the row",
    "ending": "changed: another version followed; gone: the source no longer holds it; corrected: "
    "it turned out that it was not so, or not then",
}
DERIVED = ("valid_during", "stated_during")
"""Columns that follow from others: of the store, of history."""


@dataclass(frozen=True)
class EntityTable:
    """What the tables of one entity look like.

    Attributes:
        name: the entity.
        content: canonical columns, name to kind.
        own_start: the column that says since when a row is so; None where ``as_at`` does.
        own_end: the column that says until when, inclusive; None where nothing does.
        event: whether a row is an event: one that is no longer supplied is taken back.
    """

    name: str
    content: Mapping[str, type[Kind]]
    own_start: str | None = None
    own_end: str | None = None
    event: bool = False

    @classmethod
    def of(cls, contract: type[Entity]) -> "EntityTable":
        """The tables a contract asks for."""
        facts = entity_facts(contract)
        return cls(
            facts.name,
            canonical_columns(contract),
            own_start=facts.own_start,
            own_end=facts.valid_to,
            event=facts.happened_on is not None,
        )

    @property
    def id(self) -> str:
        """The identifier's column."""
        return f"{self.name}_id"

    @property
    def dated(self) -> bool:
        """Whether the source's own dates say when rows are so, and not the deliveries' order."""
        return self.own_start is not None and not self.event

    @cached_property
    def store_columns(self) -> dict[str, str]:
        """Columns of the store table in their order, name to PostgreSQL type, without the derived.

        Fixed-width columns come first, in an order that needs no padding.
        """
        first = {k: TECHNICAL[k] for k in ("record_hash", "known_from", "delivery_id")}
        then = {k: TECHNICAL[k] for k in ("row_number", "upheld_by", "as_at", "feed_id")}
        content = {name: kind.sql for name, kind in self.content.items() if name != self.id}
        return {**first, **then, self.id: Identifier.sql, "role": "text", **content}

    @property
    def history_columns(self) -> dict[str, str]:
        """Columns of the history table in their order, name to PostgreSQL type, without the
        derived."""
        return {**{k: self.store_columns[k] for k in self.kept_columns}, **ENDING}

    @property
    def kept_columns(self) -> list[str]:
        """The columns a row takes along from the store into history."""
        return [name for name in self.store_columns if name != "known_from"]

    @property
    def content_columns(self) -> list[str]:
        """The columns that make a row's content: those that count when rows are compared."""
        return [name for name in self.content if name != self.id]

    @property
    def store(self) -> sql.Identifier:
        """The current rows' table."""
        return sql.Identifier("store", self.name)

    @property
    def history(self) -> sql.Identifier:
        """The former rows' table."""
        return sql.Identifier("history", self.name)

    def partition_name(self, feed_id: int) -> str:
        """The name of a feed's partition of the store table."""
        return f"{self.name}_feed_{feed_id}"

    def partition(self, feed_id: int) -> sql.Identifier:
        """A feed's partition of the store table."""
        return sql.Identifier("store", self.partition_name(feed_id))

    def starts(self, row: str | None = None) -> sql.Composable:
        """The date since when a row is so, as an expression.

        Args:
            row: the alias its columns are found under.
        """
        as_at = _column("as_at", row)
        if self.own_start is None:
            return as_at
        return sql.SQL("COALESCE({}, {})").format(_column(self.own_start, row), as_at)

    def stated(self, row: str | None = None) -> sql.Composable:
        """The period a row states, as an expression; empty where it ends before it begins."""
        starts = self.starts(row)
        if self.own_end is None:
            return sql.SQL("daterange({}, NULL::date)").format(starts)
        ends = _column(self.own_end, row)
        return sql.SQL(
            "CASE WHEN {ends} < {starts} THEN 'empty'::daterange"
            " ELSE daterange({starts}, {ends}, '[]') END"
        ).format(starts=starts, ends=ends)

    @property
    def when(self) -> str:
        """The meaning of the period a row states."""
        since = self.own_start or "the date on of which its delivery speaks"
        until = f" to {self.own_end}, both included" if self.own_end else ", open"
        return f"When it is so: from {since}{until}"


def _column(name: str, row: str | None) -> sql.Identifier:
    return sql.Identifier(name) if row is None else sql.Identifier(row, name)
