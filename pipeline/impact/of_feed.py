"""What depends on a feed."""

from collections.abc import Iterator

import psycopg

from contracts.dataset import dataset_facts
from contracts.declarations import Declarations
from contracts.feed import Feed
from pipeline.impact.asked import AskedFeed
from pipeline.impact.outlets import outlets
from pipeline.impact.tree import Part, of_lines
from pipeline.impact.ways import entities_of, feeds_of
from repository.impact import rows, stewards


def of_feed(
    declared: Declarations, conn: psycopg.Connection | None, asked: AskedFeed, first: int
) -> Part:
    """A feed: its agreement, its rows and where they are shown, and who looks at it."""
    top = Part("feed", asked.name, facts=_facts(asked.declared, conn, asked.name))
    if asked.declared is not None:
        top.parts += _declared_parts(declared, asked.declared)
    entities = _entities(declared, conn, asked)
    for entity in entities:
        top.parts.append(_table(declared, conn, asked.name, entity, first))
    if conn is not None:
        top.parts += of_lines("correction", stewards.corrections(conn, [asked.name]))
        top.parts += of_lines("unknown codes", stewards.unknown_codes(conn, feeds=[asked.name]))
        top.parts += of_lines("hold", stewards.holds(conn, asked.name))
    return top


def _facts(feed: Feed | None, conn: psycopg.Connection | None, name: str) -> dict[str, object]:
    facts: dict[str, object] = {"declared": "no longer"} if feed is None else {"title": feed.title}
    known = stewards.feed_facts(conn, name) if conn is not None else None
    if known is not None:
        facts |= {
            "deliveries": known["deliveries"],
            "latest as at": known["latest_as_at"],
            "last checked": known["checked_at"],
            "rows held": known["held"] or None,
            "kitemark": known["kitemark"],
        }
    return facts


def _declared_parts(declared: Declarations, feed: Feed) -> Iterator[Part]:
    dataset = declared.dataset(feed.dataset)
    told = dataset_facts(dataset)
    yield Part("dataset", told.name, facts={"version": told.version, "replaces": feed.replaces
                                            or told.replaces})  # fmt: skip
    agreement = declared.agreement_of(feed)
    yield Part(
        "agreement",
        agreement.id,
        facts={"to": agreement.end},
        parts=[Part("purpose", one.name, facts={"open": one.open}) for one in agreement.purposes],
    )
    assets = [f"landed/{feed.id}", *(f"store/{entity}" for entity in entities_of(dataset))]
    yield Part("DAG", feed.id.replace("/", "__"), facts={"assets": assets})
    yield from _lookers(declared, feed)
    for entity, precedence in sorted(declared.precedence.items()):
        named = {place[:2] for place, name in precedence.feeds().items() if name == feed.id}
        for place in sorted(named, key=str):
            of = f".{place[1]}" if place[0] == "attributes" else ""
            yield Part("precedence", f"{entity}{of}", facts={"authority": True})


def _lookers(declared: Declarations, feed: Feed) -> Iterator[Part]:
    """Feeds whose consistency is measured against this one."""
    for name, dataset in sorted(declared.datasets.items()):
        for rule in dataset_facts(dataset).consistency:
            if rule.dataset != feed.dataset:
                continue
            for other in feeds_of(declared, name):
                if other.id != feed.id and (
                    not rule.same_organisation or other.organisation == feed.organisation
                ):
                    facts = {"by": rule.by, "least": rule.least}
                    yield Part("consistency of", f"{other.id}: {rule.name}", facts=facts)


def _entities(
    declared: Declarations, conn: psycopg.Connection | None, asked: AskedFeed
) -> list[str]:
    found = []
    if asked.declared is not None:
        found = entities_of(declared.dataset(asked.declared.dataset))
    held = rows.entities_held(conn) if conn is not None else {}
    return found or list(held)


def _table(
    declared: Declarations,
    conn: psycopg.Connection | None,
    feed: str,
    entity: str,
    first: int,
) -> Part:
    table = Part("table", f"store.{entity}")
    held = rows.entities_held(conn) if conn is not None else {}
    if conn is not None and entity in held:
        one = rows.of_feed(conn, entity, feed, first) or rows.Rows(feed, 0, 0)
        table.count = one.now
        table.facts = {"formerly": one.formerly or None, "first": one.first}
    if entity in declared.entities:
        table.parts = outlets(declared, conn, entity, feed=feed)
    return table
