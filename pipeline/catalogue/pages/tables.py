"""One page for each entity's table."""

from collections.abc import Iterator
from typing import Any

from contracts.dataset import dataset_facts
from contracts.feed import Feed
from contracts.kinds import Identifier
from contracts.model import columns_of
from pipeline.catalogue.charts.bars import months, share, span
from pipeline.catalogue.charts.lineage import Node, Stage, Way, drawing
from pipeline.catalogue.names import feed_page, purpose_page, table_page
from pipeline.catalogue.page import Page
from pipeline.catalogue.pages.quality import level_of, over_time
from pipeline.catalogue.site import Site
from pipeline.catalogue.small_counts import hidden, total
from pipeline.dictionary import (
    DictionaryColumn,
    DictionaryTable,
    organisation_name,
    sources_of,
)
from repository.access.views import BESIDE

MOST_CODES = 12
CAVEATS = "Caveats:"


def table_pages(site: Site) -> Iterator[Page]:
    """A page for each table."""
    for entity, table in site.tables.items():
        yield Page(
            table_page(entity), "table.html", table.title, "index.html", _shown(site, table)
        )  # fmt: skip


def _shown(site: Site, table: DictionaryTable) -> dict[str, Any]:
    counted = site.rows(table.entity)
    shown = hidden({feed: counted.get(feed, 0) for feed in table.feeds})
    way = lineage(site, table)
    meaning, _, caveats = table.meaning.partition(CAVEATS)
    return {
        "table": table,
        "meaning": _paragraphs(meaning),
        "caveats": _paragraphs(caveats),
        "rows": total(counted.values()),
        "feeds": [_feed(site, feed, shown[feed]) for feed in table.feeds],
        "readers": site.readers[table.entity],
        "open_tables": site.open_tables(table.entity),
        "columns": [_column(site, table, column) for column in table.columns],
        "beside": {name: meaning for name, (_, meaning) in BESIDE.items()},
        "months": _months(site, table),
        "codes": _codes(site, table),
        "preview": site.previews[table.entity],
        "way": way,
        "drawing": drawing(way),
        "queries": site.queries[table.entity],
    }


def _feed(site: Site, feed_id: str, rows: int | None) -> dict[str, Any]:
    feed = site.declarations.feeds[feed_id]
    latest = next(iter(site.deliveries[feed_id]), None)
    mark = site.marks.get(feed_id, {})
    return {
        "id": feed_id,
        "title": feed.title,
        "organisation": organisation_name(site.declarations, feed.organisation),
        "rows": rows,
        "landed_at": latest["landed_at"] if latest else None,
        "levels": mark.get("levels", []),
        "kitemark": level_of(site, feed_id),
        "quality": over_time(site, feed_id),
    }


def _column(site: Site, table: DictionaryTable, column: DictionaryColumn) -> dict[str, Any]:
    """A column and, for each feed that fills it, what it is called there and how often missing."""
    suppliers = []
    for feed_id in table.feeds:
        feed = site.declarations.feeds[feed_id]
        called = [one.header for one in column.headers if one.feed == feed_id]
        way = sources_of(site.declarations.datasets[feed.dataset], table.entity).get(column.name)
        rule = feed.columns.get(way) if way else None
        constant = rule.constant if rule and not called else None
        missing = column.missing.get(feed_id)
        if called or constant is not None or missing is not None:
            suppliers.append(
                {
                    "feed": feed_id,
                    "organisation": _supplier(site, table, feed),
                    "called": called,
                    "constant": constant,
                    "missing": missing,
                    "bar": None if missing is None else share(missing, "missing"),
                }
            )
    facts = columns_of(site.declarations.entities[table.entity]).get(column.name)
    made = facts is None or issubclass(facts.kind, Identifier)
    told = [one["missing"] for one in suppliers if one["missing"] is not None]
    return {
        "is": column,
        "suppliers": suppliers,
        "made": made,
        "never_missing": bool(told) and not any(told),
    }


def _supplier(site: Site, table: DictionaryTable, feed: Feed) -> str:
    """An organisation's name and, where several feeds of it fill the table, which is meant."""
    name = organisation_name(site.declarations, feed.organisation)
    own = [one for one in table.feeds if one.startswith(f"{feed.organisation}/")]
    return name if len(own) == 1 else f"{name}, {feed.dataset.replace('_', ' ')}"


def _months(site: Site, table: DictionaryTable) -> list[dict[str, Any]]:
    """Rows by month of each date column that may be shown."""
    found = []
    for name, by_feed in site.counted[table.entity].months.items():
        summed: dict[Any, int] = {}
        for counts in by_feed.values():
            for month, count in counts.items():
                summed[month] = summed.get(month, 0) + count
        if summed:
            shown = hidden(summed)
            every = span(min(shown), max(shown))
            found.append(
                {
                    "column": name,
                    "chart": months(shown, f"Rows by {name.replace('_', ' ')}"),
                    "most": max((count for count in shown.values() if count), default=0),
                    "first": every[0],
                    "last": every[-1],
                    "counts": [(month, shown[month]) for month in sorted(shown)],
                }
            )
    return found


def _codes(site: Site, table: DictionaryTable) -> list[dict[str, Any]]:
    """The codes most rows have, of each coded column that may be shown."""
    found = []
    for name, by_feed in site.codes.get(table.entity, {}).items():
        summed: dict[str, int] = {}
        for counts in by_feed.values():
            for code, count in counts.items():
                summed[code] = summed.get(code, 0) + count
        shown = {code: count for code, count in hidden(summed).items() if count is not None}
        most = max(shown.values(), default=1)
        column = table.column(name)
        code_list = column.code_list if column else None
        register = site.declarations.code_schemes.get(code_list or "")
        ranked = sorted(shown.items(), key=lambda one: (-one[1], one[0]))
        found.append(
            {
                "column": name,
                "code_list": code_list,
                "codes": [
                    {
                        "code": code,
                        "name": register[code].name if register and code in register else "",
                        "rows": count,
                        "bar": share(count / most),
                    }
                    for code, count in ranked[:MOST_CODES]
                ],
                "further": max(0, len(ranked) - MOST_CODES),
                "hidden": len(summed) - len(shown),
            }
        )
    return found


def lineage(site: Site, table: DictionaryTable) -> Way:
    """The way of a table's rows from the feeds that supply it to those who read it."""
    declared = site.declarations
    edges: set[tuple[str, str]] = set()
    feeds, contracts = [], {}
    here = f"table {table.entity}"
    for feed_id in table.feeds:
        feed = declared.feeds[feed_id]
        facts = dataset_facts(declared.datasets[feed.dataset])
        name = organisation_name(declared, feed.organisation)
        feeds.append(Node(f"feed {feed_id}", name, feed_id, feed_page(feed_id)))
        contracts[feed.dataset] = Node(
            f"contract {feed.dataset}", facts.title, f"contract {facts.version}"
        )
        edges |= {
            (f"feed {feed_id}", f"contract {feed.dataset}"),
            (f"contract {feed.dataset}", here),
        }
    readers = [
        Node(
            f"purpose {one.purpose.name}", one.purpose.name.replace("_", " ").capitalize(),
            f"{one.purpose.name}.{table.entity}", purpose_page(one.purpose.name),
        )
        for one in site.readers[table.entity]
    ]  # fmt: skip
    readers += [
        Node(f"open {one.name}", "Everybody", f"open.{one.name}")
        for one in site.open_tables(table.entity)
    ]
    edges |= {(here, one.key) for one in readers}
    return Way(
        f"Where {table.title} comes from and who reads it: {len(feeds)} feeds, "
        f"{len(contracts)} contracts, one table, {len(readers)} views; listed below in words",
        (
            Stage("Feeds", "feed", tuple(feeds)),
            Stage("Contract of the dataset", "contract", tuple(contracts.values())),
            Stage("Table", "table", (Node(here, table.title, table.entity),)),
            Stage("Views", "view", tuple(readers)),
        ),
        frozenset(edges),
    )


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
