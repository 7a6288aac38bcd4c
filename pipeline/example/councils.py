"""A region of many councils: a school census of each, and the declarations to load them by.

For whatever needs size and many feeds: the children of the region are cut into as many stretches as
there are councils, each a little overlapping the next, and written in the habits of the two
councils of the small region by turns.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from contracts.modules import OWN
from pipeline.example.children import SHARED, EastvaleCensus, NorthmoorCensus
from pipeline.example.people import SCHOOLS, People, Texts, people, texts
from pipeline.example.supply import Plan

FIRST = ("Ash", "Birk", "Cold", "Dun", "Elm", "Fern", "Gorse", "Hazel", "Kest", "Lark")
LAST = ("combe", "dale", "fleet", "garth", "holt", "mere", "stow", "thwaite", "wold", "wick")
MOST = len(FIRST) * len(LAST)
AGREEMENT = "councils-school-census"
CONNECTION = "councils_exports"
TAKEN_OVER = ("datasets", "entities", "registers")
"""Folders of our own declarations that the region's stand on."""


class _CouncilOf:
    """What makes one council's census out of one in the same habits.

    Attributes:
        name: of the council.
        number: from 0; children ``number * each`` to ``(number + 1) * each`` are its own.
    """

    name: str
    number: int
    councils: int

    def stretch(self, plan: Plan) -> tuple[int, int]:
        """First child on its rolls, and the first beyond."""
        each = max(plan.rows // self.councils, 1)
        start = self.number * each - (int(each * SHARED) if self.number else 0)
        return start, (self.number + 1) * each

    def pieces(self, plan: Plan) -> Iterator[People]:
        """The children on its rolls."""
        start, stop = self.stretch(plan)
        return people(plan.seed, start, stop, plan.rows)

    def later(self, plan: Plan, count: int) -> People:
        """Children who are new with the second delivery: none of any council's first."""
        start = 2 * plan.rows + self.number * count
        [piece] = list(people(plan.seed, start, start + count, plan.rows))[:1]
        return piece

    def urns(self, piece: People) -> Texts:
        """The council's schools."""
        first = 200_000 + self.number * SCHOOLS
        return texts([str(first + i) for i in range(SCHOOLS)])[piece.school]


class FixedWidthCouncil(_CouncilOf, NorthmoorCensus):
    """A council with a mainframe."""


class TextCouncil(_CouncilOf, EastvaleCensus):
    """A council with a pupil system that exports text."""


def supplies(councils: int) -> list[FixedWidthCouncil | TextCouncil]:
    """The censuses of so many councils.

    Raises:
        ValueError: more than there are names for.
    """
    if not 1 <= councils <= MOST:
        raise ValueError(f"there are names for 1 to {MOST} councils, not for {councils}")
    return [_supply(number, councils) for number in range(councils)]


def _supply(number: int, councils: int) -> FixedWidthCouncil | TextCouncil:
    kind = TextCouncil if number % 2 else FixedWidthCouncil
    one: Any = kind()
    one.name = FIRST[number % len(FIRST)] + LAST[number // len(FIRST)]
    one.number, one.councils, one.key = number, councils, 100 + number
    one.feed = f"{one.name.lower()}/school_census"
    one.file = f"councils/{one.name.lower()}/census{Path(kind.file).suffix}"
    return one  # type: ignore[no-any-return]


def declare(councils: int, into: Path) -> Path:
    """Write the region's declarations, a folder for ``WATERSMEET_CONTRACTS``.

    Returns:
        The folder, ``contracts`` below ``into``; what stood there is replaced.
    """
    folder = into / "contracts"
    shutil.rmtree(folder, ignore_errors=True)
    for name in TAKEN_OVER:
        if (OWN / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(OWN / name, folder / name, ignore=ignored)
    found = supplies(councils)
    _write(folder / "agreements" / f"{AGREEMENT}.yml", _agreement([one.name for one in found]))
    for one in found:
        like = "northmoor" if isinstance(one, FixedWidthCouncil) else "eastvale"
        _write(folder / "feeds" / f"{one.feed}.yml", _feed(one, like))
    return folder


def _feed(one: FixedWidthCouncil | TextCouncil, like: str) -> dict[str, Any]:
    facts = _read(OWN / "feeds" / like / "school_census.yml")
    facts |= {
        "title": f"{one.name} Council, school census",
        "organisation_name": f"{one.name} Council",
        "owner": f"Education Information, {one.name} Council",
        "agreement": AGREEMENT,
        "schedule": None,
        "place": {
            "kind": "folder",
            "connection": CONNECTION,
            "path": one.name.lower(),
            "pattern": f"*{Path(one.file).suffix}",
            "settled_for": 0,
        },
    }
    facts.pop("as_at", None)  # the file's name carries no date here
    return facts


def _agreement(names: list[str]) -> dict[str, Any]:
    facts = _read(OWN / "agreements" / "eastvale-school-census.yml")
    facts["title"] = "Councils' school censuses for free school meals"
    facts["controllers"] = [f"{name} Council" for name in names]
    return facts


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _write(path: Path, facts: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: fact for name, fact in facts.items() if fact is not None}
    text = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=100)
    path.write_text(text, encoding="utf-8")
