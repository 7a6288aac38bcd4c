"""What depends on one landed file."""

from typing import Any

import psycopg

from contracts.dataset import dataset_facts
from contracts.declarations import Declarations
from pipeline.impact.outlets import outlets
from pipeline.impact.tree import Part, of_lines
from repository.impact import files, rows


def of_file(
    declared: Declarations, conn: psycopg.Connection, found: dict[str, Any], first: int
) -> Part:
    """One file of one delivery: rows it brought, what was not loaded of it, where they are shown.

    Args:
        found: a line of :func:`repository.impact.files.find`.
        first: how many rows to name of each table.
    """
    delivery = found["delivery_id"]
    numbers = files.row_numbers(conn, delivery, found["name"])
    top = Part(
        "file",
        found["name"],
        facts={"sha256": found["sha256"], "landed as": found["landed_key"]},
    )
    one = Part(
        "delivery",
        str(delivery),
        facts={
            "name": found["delivery"],
            "feed": found["feed"],
            "state": found["state"],
            "as at": found["as_at"],
            "landed": found["landed_at"],
            "replays": found["replays"],
        },
    )
    top.parts.append(one)
    if found["state"] != "loaded":
        return top
    for entity in rows.entities_held(conn):
        one.parts += _table(declared, conn, found, entity, numbers, first)
    for kind, lines in files.beside(conn, delivery, numbers, first).items():
        one.parts += of_lines(kind, lines)
    return top


def _table(
    declared: Declarations,
    conn: psycopg.Connection,
    found: dict[str, Any],
    entity: str,
    numbers: list[tuple[int, int]],
    first: int,
) -> list[Part]:
    """The rows of one entity; nothing where the file brought none."""
    feed, delivery = found["feed"], found["delivery_id"]
    brought = rows.of_file(conn, entity, feed, delivery, numbers, first)
    repeated = rows.upheld(conn, entity, feed, delivery, first)
    parts = []
    if brought is not None:
        told = {"formerly": brought.formerly or None, "first": brought.first}
        if _mentioned(declared, feed, entity):
            told["mentioned"] = True
        table = Part("table", f"store.{entity}", brought.now, told)
        table.parts = outlets(
            declared, conn, entity,
            feed=feed, deliveries=[delivery], since=found["landed_at"],
        )  # fmt: skip
        parts.append(table)
    if repeated is not None and repeated.now:
        told = {"first": repeated.first}
        parts.append(Part("repeated by it", f"store.{entity}", repeated.now, told))
    return parts


def _mentioned(declared: Declarations, feed: str, entity: str) -> bool:
    """Whether the feed's rows only speak of the entity beside their own."""
    one = declared.feeds.get(feed)
    return one is not None and dataset_facts(declared.dataset(one.dataset)).main != entity
