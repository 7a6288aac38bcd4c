"""The register of agreements, one page for each, and one for each purpose."""

from collections.abc import Iterator
from typing import Any

from contracts.agreement import Agreement
from contracts.model import columns_of
from pipeline.catalogue.names import agreement_page, purpose_page
from pipeline.catalogue.page import Page
from pipeline.catalogue.site import Site, agreements_of

HERE = "agreements/index.html"


def agreement_pages(site: Site) -> Iterator[Page]:
    """The register, then a page for each agreement and each purpose."""
    every = [one for _, one in sorted(site.declarations.agreements.items())]
    purposes = sorted({one.name for agreement in every for one in agreement.purposes})
    rows = [_facts(site, one) for one in every]
    described = {name: _purpose(site, name) for name in purposes}
    yield Page(
        HERE, "agreements.html", "Agreements and purposes", HERE,
        {"agreements": rows, "purposes": described},
    )  # fmt: skip
    for facts in rows:
        agreement = facts["agreement"]
        yield Page(
            agreement_page(agreement.id), "agreement.html", agreement.title, HERE,
            {**facts, "landed": _landed(site, agreement)},
        )  # fmt: skip
    for name, shown in described.items():
        yield Page(purpose_page(name), "purpose.html", f"Purpose {name}", HERE, shown)


def _facts(site: Site, agreement: Agreement) -> dict[str, Any]:
    feeds = sorted(site.declarations.feeds.items())
    return {
        "agreement": agreement,
        "in_force": agreement.active_on(site.today),
        "feeds": [(name, feed.title) for name, feed in feeds if feed.agreement == agreement.id],
    }


def _landed(site: Site, agreement: Agreement) -> list[dict[str, Any]]:
    """The columns that may be landed, by dataset, with meaning and class."""
    found = []
    for dataset, columns in sorted(agreement.columns.items()):
        facts = columns_of(site.declarations.datasets[dataset])
        found.append(
            {
                "dataset": dataset,
                "columns": [facts[name] for name in columns if name in facts],
                "left_out": [name for name in facts if name not in columns],
            }
        )
    return found


def _purpose(site: Site, name: str) -> dict[str, Any]:
    agreements = agreements_of(site.declarations, name)
    asked = [one for each in agreements for one in each.purposes if one.name == name]
    return {
        "name": name,
        "description": " ".join(asked[0].description.split()),
        "recipients": sorted({one for purpose in asked for one in purpose.recipients}),
        "open": any(purpose.open for purpose in asked),
        "agreements": [(one, one.active_on(site.today)) for one in agreements],
        "views": [
            (site.tables[entity], reader)
            for entity, readers in sorted(site.readers.items())
            for reader in readers
            if reader.purpose.name == name
        ],
        "queries": [one for each in site.queries.values() for one in each if one.purpose == name],
    }
