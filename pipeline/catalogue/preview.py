"""Which rows of a table the catalogue may show: none, unless everything speaks for it.

A preview is shown of a table none of whose columns is about persons, of the feeds whose agreement,
in force on the day, has a purpose that lets the table be published, and of the columns every such
agreement names. What an open table of the entity redacts is redacted in the preview too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from contracts.declarations import Declarations
from contracts.kinds import Identifier, MatchForm
from contracts.model import canonical_columns
from contracts.open_table.checks import publishable
from pipeline.dictionary import DictionaryTable, sources_of
from repository import catalogue as record

MOST = 10
"""Rows of a preview at most."""


@dataclass(frozen=True)
class Preview:
    """Rows of a table, or why none are shown.

    Attributes:
        columns: those shown.
        rows: a value for each, None where it is missing or not published.
        feeds: whose rows they are.
        why_not: plain English where there are no rows; empty otherwise.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    feeds: tuple[str, ...] = ()
    why_not: str = ""


def preview(
    conn: psycopg.Connection,
    declarations: Declarations,
    table: DictionaryTable,
    numbers: Mapping[str, int],
    today: date,
) -> Preview:
    """The preview of a table.

    Args:
        numbers: feeds' numbers in the repository.
        today: the day agreements must be in force on.
    """
    personal = [one.name for one in table.columns if one.personal != "none"]
    if personal:
        return Preview(why_not="This table holds data about persons, so no row of it is shown.")
    allowed = _allowed(declarations, table, today)
    allowed = {feed: columns for feed, columns in allowed.items() if feed in numbers}
    if not allowed:
        return Preview(
            why_not="No agreement in force lets rows of this table be published, so none is shown."
        )
    common = frozenset.intersection(*allowed.values())
    kinds = canonical_columns(declarations.entities[table.entity])
    shown = tuple(
        name
        for name, kind in kinds.items()
        if name in common and not issubclass(kind, (Identifier, MatchForm))
    )
    if not shown:
        return Preview(why_not="The agreements have no column in common that may be published.")
    rules = [one for one in declarations.open_tables.values() if one.entity == table.entity]
    rows = record.preview(
        conn, table.entity, shown, [numbers[feed] for feed in allowed], rules, MOST
    )
    if not rows:
        return Preview(why_not="There are no rows to show yet.")
    return Preview(shown, tuple(rows), tuple(allowed))


def _allowed(
    declarations: Declarations, table: DictionaryTable, today: date
) -> dict[str, frozenset[str]]:
    """Feed to the columns of the table that its agreement lets be published today."""
    found = {}
    for feed_id in table.feeds:
        feed = declarations.feeds[feed_id]
        agreement = declarations.agreement_of(feed)
        columns = publishable(agreement, table.entity)
        # A feed that only fills another role of the entity fills it all the same.
        fills = sources_of(declarations.datasets[feed.dataset], table.entity)
        if agreement.active_on(today) and columns and fills:
            found[feed_id] = columns
    return found
