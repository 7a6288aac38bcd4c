"""Every change between two documents of one contract."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.diff.change import Change, Contract, breaks, fine
from contracts.diff.checks import check_changes
from contracts.diff.columns import READ_ALIKE, UNAFFECTED, column_changes
from contracts.odcs.document import NotADocument, Plain, customs

FORMERLY = "formerly"
"""The column option that names what a column was called before."""
# Facts of a whole that change words only.
_WORDS = {"name": "title", "description": "description"}
_OTHER_DAYS = (
    UNAFFECTED,
    breaks(
        "Rows are so on other days than they were: what is asked as at a date comes out otherwise"
    ),
)

# What a change of a whole's fact does: to suppliers, to analysts.
_WHOLE = {
    "main": (
        breaks("Rows are counted, and known again, by another entity"),
        breaks("A row is another thing than it was"),
    ),
    "date_order": (
        breaks("Dates are read in another order of day and month"),
        breaks("The same file gives other dates than before"),
    ),
    "replaces": (
        breaks("A delivery takes the place of others than before"),
        breaks("Other rows end when a delivery arrives"),
    ),
    "gates": (
        fine("A delivery may wait for a person where another would not; none is refused by it"),
        fine("What is let through is looked at against other limits; rows are as promised"),
    ),
    "consistency": (
        fine("What is looked for in other feeds changes; nothing is refused by it"),
        fine("What is looked for in other feeds changes; rows are as promised"),
    ),
    "shared": (
        UNAFFECTED,
        breaks("Rows of two feeds that were two things are one, or the other way round"),
    ),
    "valid_from": _OTHER_DAYS,
    "valid_to": _OTHER_DAYS,
    "happened_on": _OTHER_DAYS,
}


def changes(before: Plain, after: Plain) -> list[Change]:
    """What changed from one document to another of the same contract, the whole first.

    Raises:
        NotADocument: the documents do not each describe one table, or not the same contract.
    """
    contract, old = _one_table(before)
    other, new = _one_table(after)
    if contract != other:
        raise NotADocument(f"a {contract} contract cannot be compared with a {other} contract")
    return [
        *_whole(before, after, old, new),
        *_identity(contract, old, new),
        *_columns(contract, old, new),
        *check_changes(contract, old, new),
    ]


def _one_table(document: Plain) -> tuple[Contract, Plain]:
    tables = document.get("schema") or []
    if len(tables) != 1:
        raise NotADocument(f"{document.get('id')}: {len(tables)} tables; a contract has one")
    named = customs(document).get("contract")
    return ("entity" if named == "entity" else "dataset"), tables[0]


def _whole(before: Plain, after: Plain, old: Plain, new: Plain) -> Iterator[Change]:
    if old.get("name") != new.get("name"):
        yield Change(
            "name-changed", None, old.get("name"), new.get("name"),
            breaks("Feeds name the contract, and there is none of that name any more"),
            breaks("The table of that name is gone"),
        )  # fmt: skip
    for key, word in _WORDS.items():
        if before.get(key) != after.get(key):
            yield Change(
                f"{word}-changed", None, before.get(key), after.get(key), UNAFFECTED,
                fine("The same data is described in other words"), wording=True,
            )  # fmt: skip
    was, now = customs(old), customs(new)
    for fact in sorted({*was, *now}):
        if was.get(fact) != now.get(fact):
            unknown = breaks(f"Nothing here knows what a changed {fact} does")
            supplier, analyst = _WHOLE.get(fact, (unknown, unknown))
            code = f"{fact.replace('_', '-')}-changed"
            yield Change(code, None, was.get(fact), now.get(fact), supplier, analyst)


def _identity(contract: Contract, old: Plain, new: Plain) -> Iterator[Change]:
    was, now = _key(old), _key(new)
    if contract == "entity" and was != now:
        yield Change(
            "identity-changed", None, was, now, UNAFFECTED,
            breaks("Other columns tell one from another, so that identifiers are others"),
        )  # fmt: skip


def _key(table: Plain) -> list[str]:
    placed = [
        (part.get("primaryKeyPosition", -1), part["name"])
        for part in table.get("properties") or ()
        if part.get("primaryKey")
    ]
    return [name for _, name in sorted(placed)]


def _columns(contract: Contract, old: Plain, new: Plain) -> Iterator[Change]:
    was = {part["name"]: part for part in old.get("properties") or ()}
    now = {part["name"]: part for part in new.get("properties") or ()}
    renamed = _renamed(was, now)
    for name, part in was.items():
        if name not in now and name not in renamed:
            yield _removed(contract, name, part)
    for name, part in now.items():
        former = {after: before for before, after in renamed.items()}.get(name)
        if former is not None:
            yield _called_otherwise(contract, former, name)
            yield from column_changes(contract, was[former], part)
        elif name in was:
            yield from column_changes(contract, was[name], part)
        else:
            yield _added(contract, name, part)
    if [n for n in was if n in now] != [n for n in now if n in was]:
        yield Change(
            "columns-reordered", None, None, None, READ_ALIKE,
            fine("The same columns stand in another order"), wording=True,
        )  # fmt: skip


def _renamed(was: Mapping[str, Plain], now: Mapping[str, Plain]) -> dict[str, str]:
    """Old name to new, where the new column says what it was called; companions go with it."""
    found: dict[str, str] = {}
    for name, part in now.items():
        called = str((customs(part).get("options") or {}).get(FORMERLY))
        if called in was and called not in now:
            found[called] = name
    for name, part in now.items():
        owner = customs(part).get("companion_of")
        old_owner = next((old for old, new in found.items() if new == owner), None)
        former = f"{old_owner}{name[len(str(owner)) :]}"
        if old_owner is not None and former in was and former not in now:
            found[former] = name
    return found


def _added(contract: Contract, name: str, part: Plain) -> Change:
    facts: Mapping[str, Any] = customs(part)
    required = bool(part.get("required"))
    derived = "companion_of" in facts or "made_by" in facts
    if contract == "dataset":
        supplier = (
            fine("Files without the column are accepted as before")
            if facts.get("optional")
            else breaks("Files without the column were accepted and are now refused")
        )
    elif required and not derived:
        supplier = breaks("Rows that do not fill the column were accepted and are now quarantined")
    else:
        supplier = fine("Rows that do not fill the column are accepted")
    analyst = fine("There is one column more; the others are as they were")
    return Change("column-added", name, None, part.get("description"), supplier, analyst)


def _removed(contract: Contract, name: str, part: Plain) -> Change:
    supplier = fine("Files that bear the column are accepted; it is reported and not read")
    analyst = (
        breaks("The column is gone; what reads it fails")
        if contract == "entity"
        else breaks("What suppliers send in the column no longer arrives")
    )
    return Change("column-removed", name, part.get("description"), None, supplier, analyst)


def _called_otherwise(contract: Contract, former: str, name: str) -> Change:
    if contract == "entity":
        supplier, analyst = UNAFFECTED, breaks("The column's old name is gone; what reads it fails")
    else:
        supplier = breaks("Feeds and agreements name the column, and the old name is gone")
        analyst = UNAFFECTED
    return Change("column-renamed", name, former, name, supplier, analyst)
