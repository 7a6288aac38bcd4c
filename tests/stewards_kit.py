"""Small deliveries of an invented school census with rows to be held, for tests of stewards' work.

The feed is eastvale/school_census of the example region: semicolons, sexes in words.
"""

import re
from dataclasses import dataclass
from typing import Any

from tests.journey_kit import Home

FEED = "eastvale/school_census"
HEADER = (
    "Pupil UPN;Family name;Given names;Gender;Date of birth;NCY;School URN;Date of entry;"
    "Home postcode;Home authority"
)
UPNS = ("L835607623766", "E835994044255", "X835380464744", "E835766885233")


@dataclass(frozen=True)
class Pupil:
    """One row of a delivery, as the supplier writes it."""

    upn: str
    surname: str = "Canary"
    sex: str = "Female"
    birth_date: str = "03.02.2017"
    postcode: str = "NM2 2TN"
    urn: str = "990418"

    def line(self) -> str:
        return (
            f"{self.upn};{self.surname};Phoebe;{self.sex};{self.birth_date};Year 4;{self.urn};"
            f"06.09.2023;{self.postcode};Northmoor"
        )


def supply(home: Home, name: str, *pupils: Pupil) -> None:
    """Leave a delivery at the feed's place."""
    text = "\n".join([HEADER, *(pupil.line() for pupil in pupils), ""])
    home.put(f"eastvale/exports/pupils/{name}", "\ufeff" + text)


def replacing(home: Home, replaces: str) -> None:
    """Declare what the feed's deliveries replace."""
    path = home.contracts() / "feeds" / "eastvale" / "school_census.yml"
    text = re.sub(r"(?m)^replaces:.*\n", "", path.read_text(encoding="utf-8"))
    path.write_text(f"{text}\nreplaces: {replaces}\n", encoding="utf-8")


def allow(home: Home, word: str) -> None:
    """Let the register take one more word for male."""
    path = home.contracts() / "registers" / "codes" / "sex" / "sex-words.csv"
    text = path.read_text(encoding="utf-8")
    assert "Male|Boy" in text
    path.write_text(text.replace("Male|Boy", f"Male|Boy|{word}"), encoding="utf-8")


def standing(home: Home) -> dict[str, tuple[str, str, str]]:
    """Pupils of the store: UPN to surname, sex and postcode; each once."""
    rows = home.rows(
        "SELECT p.upn, p.surname, p.sex, coalesce(p.postcode, '') FROM store.enrolment e"
        " JOIN store.person p ON p.feed_id = e.feed_id AND p.person_id = e.person_id"
    )
    assert len({row[0] for row in rows}) == len(rows), "a pupil stands twice"
    return {row[0]: row[1:] for row in rows}


def held(home: Home) -> list[Any]:
    """Rows that are held: source row and codes."""
    return home.rows(
        "SELECT source_row, codes FROM watersmeet.quarantine WHERE state = 'held'"
        " ORDER BY delivery_id, row_number"
    )


def states(home: Home) -> dict[str, int]:
    """Rows in quarantine by state."""
    return dict(home.rows("SELECT state, count(*)::int FROM watersmeet.quarantine GROUP BY state"))
