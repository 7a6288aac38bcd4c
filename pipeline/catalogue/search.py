"""What can be searched for: every table, column, header, code list, code, feed and agreement."""

from dataclasses import asdict, dataclass

from pipeline.catalogue import names
from pipeline.catalogue.site import Site
from pipeline.dictionary import organisation_name

KINDS = {
    "table": "Tables",
    "column": "Columns",
    "header": "Suppliers' headers",
    "code list": "Code lists",
    "code": "Codes",
    "feed": "Feeds",
    "purpose": "Purposes",
    "agreement": "Agreements",
}
"""Kinds of entries, in the order they are listed in."""


@dataclass(frozen=True)
class Entry:
    """One thing to find: its name, what it is, and where it stands."""

    kind: str
    name: str
    said: str
    address: str

    @property
    def letter(self) -> str:
        """What it stands under from A to Z."""
        first = self.name[:1].upper()
        return first if first.isascii() and first.isalpha() else "0–9"


def entries(site: Site) -> list[Entry]:
    """Everything, kind by kind, in alphabetical order within each."""
    found = [*_tables(site), *_lists(site), *_supply(site)]
    order = list(KINDS)
    return sorted(
        dict.fromkeys(found),
        key=lambda one: (order.index(one.kind), one.name.casefold(), one.said, one.address),
    )


def as_json(every: list[Entry]) -> list[dict[str, str]]:
    """The entries as the search reads them."""
    return [asdict(one) for one in every]


def _tables(site: Site) -> list[Entry]:
    found = []
    for entity, table in site.tables.items():
        first = " ".join(table.meaning.partition("\n\n")[0].split())
        found.append(Entry("table", entity, first, names.table_page(entity)))
        for column in table.columns:
            place = names.column_place(entity, column.name)
            found.append(Entry("column", column.name, f"{entity}: {column.meaning}", place))
            for one in column.headers:
                said = f"{entity}.{column.name}, in the export of {one.organisation}"
                found.append(Entry("header", one.header, said, place))
    return found


def _lists(site: Site) -> list[Entry]:
    found = []
    for name, register in site.declarations.code_schemes.items():
        if register.of is not None:
            continue
        used = ", ".join(f"{entity}.{column}" for entity, column in site.feeds_of_list(name))
        said = f"{len(register):,} codes" + (f", used by {used}" if used else "")
        found.append(Entry("code list", name, said, names.code_list_page(name)))
        for code, entry in register.items():
            said = f"{entry.name}, in {name}"
            found.append(Entry("code", code, said, names.code_place(name, code)))
    return found


def _supply(site: Site) -> list[Entry]:
    declared = site.declarations
    found = [
        Entry(
            "feed", feed_id, f"{feed.title}, from {organisation_name(declared, feed.organisation)}",
            names.feed_page(feed_id),
        )
        for feed_id, feed in declared.feeds.items()
    ]  # fmt: skip
    for agreement in declared.agreements.values():
        page = names.agreement_page(agreement.id)
        found.append(Entry("agreement", agreement.id, agreement.title, page))
        for one in agreement.purposes:
            said = " ".join(one.description.split())
            found.append(Entry("purpose", one.name, said, names.purpose_page(one.name)))
    return found
