"""Where rows are shown and where they went: views, open tables, releases, exports."""

from typing import Any

import psycopg

from contracts.declarations import Declarations
from pipeline.impact.tree import Part, of_lines
from pipeline.impact.ways import open_tables_of, views_named, views_of
from repository.impact import outward


def outlets(
    declared: Declarations,
    conn: psycopg.Connection | None,
    entity: str,
    *,
    column: str | None = None,
    feed: str | None = None,
    deliveries: list[int] | None = None,
    since: Any = None,
) -> list[Part]:
    """Views, open tables, releases and exports that show an entity.

    Args:
        column: only those that show this column of it.
        feed: only those with rows of this feed.
        deliveries: of releases, only those with rows of any of these.
        since: of exports, only those made then or later.
    """
    shown = list(views_of(declared, entity, column, feed))
    found = [
        Part("view", f"{purpose}.{name}", facts={"columns": columns, "feeds": feeds})
        for purpose, columns, feeds in shown
        for name in views_named(declared, entity)
    ]
    for table in open_tables_of(declared, entity, column, feed):
        found.append(
            Part("open table", table.name, facts={"columns": table.published, "feeds": table.feeds})
        )
    if conn is not None:
        released = outward.releases(
            conn, entity=entity, column=column, deliveries=deliveries, feed=feed
        )
        found += of_lines("release", released)
        purposes = [purpose for purpose, _, _ in shown]
        exported = outward.exports(conn, [entity], column=column, purposes=purposes, since=since)
        found += of_lines("export that may hold it", exported)
    return found
