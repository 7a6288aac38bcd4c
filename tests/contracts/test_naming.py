"""Attributes are named as docs/naming.md says."""

import re
from pathlib import Path

import pytest

from contracts.declarations import load
from contracts.entity import Entity, column
from contracts.kinds import (
    BirthDate,
    Code,
    Date,
    Identifier,
    Kind,
    Money,
    Percentage,
    Text,
    WholeNumber,
    YesNo,
)
from contracts.model import canonical_columns, columns_of
from contracts.modules import OWN

DOCS = Path(__file__).parents[2] / "docs" / "naming.md"
FORM = re.compile(r"[a-z]+(_[a-z0-9]+)*")
LONGEST = 40
"""Room for what companions and settled views put behind a name; PostgreSQL takes 63."""

OF_KIND: list[tuple[type[Kind], str]] = [
    (Identifier, r".+_id"),
    (BirthDate, r".+_date"),
    (Date, r".+_(on|from|to)"),
    (Money, r"(.+_)?amount"),
    (WholeNumber, r"(.+_)?count"),
    (Percentage, r".+_percent"),
    (YesNo, r"(is|has)_.+"),
]
"""What an attribute of a kind is called; the first that fits its kind counts."""

KEPT = {
    r".+_id": Identifier,
    r".+_date": BirthDate,
    r".+_(on|from|to)": Date,
    r".+_percent": Percentage,
    r"(is|has)_.+": YesNo,
}
"""Endings that are kept for a kind."""

NOBODYS = re.compile(
    r".+_(at|since|code|source|match|precision|missing|settled|conflict)|feed|as_at"
)
"""Names and endings that are the repository's own, or say nothing."""


def wrong(entity: type[Entity]) -> list[str]:
    found = []
    for name, facts in columns_of(entity).items():
        if not FORM.fullmatch(name) or len(name) > LONGEST:
            found.append(f"{name}: lower-case words joined by _, {LONGEST} signs at most")
        form = next((form for kind, form in OF_KIND if issubclass(facts.kind, kind)), None)
        if form is not None and not re.fullmatch(form, name):
            found.append(f"{name}: a {facts.kind.name} is called {form}")
        for form, kind in KEPT.items():
            if re.fullmatch(form, name) and not issubclass(facts.kind, kind):
                found.append(f"{name}: {form} is kept for a {kind.name}")
        if NOBODYS.fullmatch(name):
            found.append(f"{name}: the ending is the repository's own or says nothing")
    return found


@pytest.mark.parametrize("name", sorted(load(OWN).entities))
def test_every_attribute_follows_the_convention(name: str) -> None:
    assert wrong(load(OWN).entities[name]) == []


def test_a_name_that_does_not_is_found() -> None:
    class Odd(Entity, name="odd"):
        """Odd names."""

        startDate: Date = column("When")
        left: Date = column("When")
        paid_on: Text = column("When")
        vat: Money = column("Tax")
        open: YesNo = column("Whether")
        sex_code: Code = column("Sex")
        seen_at: Date = column("When")
        fine_on: Date = column("When")

    told = {one.partition(":")[0] for one in wrong(Odd)}
    assert told == {"startDate", "left", "paid_on", "vat", "open", "sex_code", "seen_at"}


def test_the_convention_is_published() -> None:
    page = DOCS.read_text(encoding="utf-8")
    for ending in ("_id", "_on", "_from", "_to", "_date", "_at", "_since", "_percent", "_source"):
        assert f"`{ending}`" in page
    companions = {
        name[len(owner) :]
        for entity in load(OWN).entities.values()
        for owner, facts in columns_of(entity).items()
        for name in canonical_columns(entity)
        if name in {f"{owner}_{suffix}" for suffix in facts.companions}
    }
    assert companions and all(f"`{one}`" in page for one in companions)
