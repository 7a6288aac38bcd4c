"""The home page with its search, everything from A to Z, the dictionary, and how to read it all."""

from collections.abc import Iterator
from typing import Any

from pipeline.catalogue.charts.bars import meter
from pipeline.catalogue.page import Page
from pipeline.catalogue.search import KINDS, entries
from pipeline.catalogue.site import Site
from pipeline.catalogue.small_counts import SMALLEST, total
from repository.access.views import BESIDE


def home_pages(site: Site) -> Iterator[Page]:
    """Home, A to Z, dictionary, and how to read the catalogue."""
    every = entries(site)
    short = [one for one in every if one.kind != "code"]
    kinds = {kind: [one for one in short if one.kind == kind] for kind in KINDS}
    tables = [_table(site, entity) for entity in site.tables]
    yield Page(
        "index.html", "home.html", "Catalogue", "index.html",
        {
            "tables": tables,
            "index": {kind: listed for kind, listed in kinds.items() if listed},
            "kinds": KINDS,
            "codes": len(every) - len(short),
        },
    )  # fmt: skip
    yield Page(
        "a-to-z.html", "a_to_z.html", "Everything, A to Z", "index.html",
        {"index": sorted(every, key=lambda one: (one.name.casefold(), one.kind, one.address))},
    )  # fmt: skip
    yield Page(
        "dictionary.html", "dictionary.html", "Dictionary", "dictionary.html",
        {"tables": list(site.tables.values())},
    )  # fmt: skip
    highest = len(site.ladder.levels) - 1
    yield Page(
        "about.html", "about.html", "How to read this catalogue", "about.html",
        {
            "ladder": site.ladder,
            "meters": [meter(number, highest) for number in range(highest + 1)],
            "smallest": SMALLEST,
            "beside": {name: meaning for name, (_, meaning) in BESIDE.items()},
        },
    )  # fmt: skip


def _table(site: Site, entity: str) -> dict[str, Any]:
    table = site.tables[entity]
    landed = [site.deliveries[feed][0]["landed_at"] for feed in table.feeds
              if site.deliveries[feed]]  # fmt: skip
    return {
        "table": table,
        "first": " ".join(table.meaning.partition("\n\n")[0].split()),
        "rows": total(site.rows(entity).values()),
        "feeds": len(table.feeds),
        "latest": max(landed, default=None),
        "open": bool(site.open_tables(entity)),
    }
