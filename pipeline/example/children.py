"""School censuses of two councils, each in its own habits."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa

from pipeline.example.numbers import postcodes
from pipeline.example.people import SCHOOLS, Days, People, Texts, people, texts
from pipeline.example.sinks import CountedLinesSink, Sink, TextSink
from pipeline.example.supply import Array, Fault, Mask, Plan, Supply, Written, days

SHARE = 0.5  # of the largest feed's rows, either council's census
SHARED = 0.02  # of a council's pupils who are on the other's rolls too
FIRST_URN = {"northmoor": 990_100, "eastvale": 990_400}
COUNCILS = {"northmoor": "Northmoor", "eastvale": "Eastvale"}


def border(plan: Plan) -> int:
    """Number of the first child who goes to school in Eastvale only."""
    return plan.size(SHARE)


class Census(Supply[People]):
    """One council's school census."""

    council: ClassVar[str]
    dated = "entered_on"
    moves_main = False  # a child that moves house changes the person, not the enrolment

    def later(self, plan: Plan, count: int) -> People:
        start = (2 + self.key) * border(plan) * 2
        start -= start % 2
        return joined(list(people(plan.seed, start, start + count, border(plan))))

    def changed(self, piece: People, which: Mask, rng: np.random.Generator) -> People:
        moved = texts(postcodes(rng, "NM", len(which)))
        return replace(piece, postcode=np.where(which, moved, piece.postcode))

    def urns(self, piece: People) -> Texts:
        """The schools, at this council."""
        first = FIRST_URN[self.council]
        return texts([str(first + i) for i in range(SCHOOLS)])[piece.school]

    def truth(self, piece: People, plan: Plan) -> Mapping[str, Array]:
        found = {
            "upn": piece.upn,
            "forenames": piece.forenames,
            "surname": piece.surname,
            "birth_date": piece.birth_date,
            "sex": piece.sex,
            "school_urn": self.urns(piece),
            "year_group": piece.year_group,
            "postcode": piece.postcode,
            "home_local_authority": piece.home,
            "entered_on": piece.entered_on,
        }
        arrays = {name: pa.array(values) for name, values in found.items()}
        return {"person_number": pa.array(piece.number), **arrays}


class NorthmoorCensus(Census):
    """A mainframe's fixed-width export: a first record, one a pupil, and one that counts them."""

    feed, key, council = "northmoor/school_census", 4, "northmoor"
    file = "northmoor/exports/census/CENSUS.MAY26.dat"
    faults = (
        Fault("check-digit-wrong", "UPN", "A835000000001"),
        Fault("date-unreadable", "DOB", "310214"),
        Fault("code-unknown", "SEX", "7"),
        Fault("name-unreadable", "PUPIL-NAME", "NAME WITHHELD"),
        Fault("postcode-invalid", "HOME-PCODE", "NM99 1"),
        Fault("identifier-malformed", "SCHOOL-URN", "99O1A4"),
        Fault("code-unknown", "NC-YEAR", "77"),
        Fault("value-missing", "DOB", ""),
    )
    widths = {
        "UPN": 13,
        "PUPIL-NAME": 40,
        "DOB": 6,
        "SEX": 1,
        "SCHOOL-URN": 6,
        "NC-YEAR": 2,
        "HOME-PCODE": 8,
        "HOME-LA": 3,
        "ENTRY": 6,
        "NHS-NO": 10,
        "PARENT-TEL": 12,
    }

    def pieces(self, plan: Plan) -> Iterator[People]:
        return people(plan.seed, 0, border(plan), border(plan))

    def written(self, piece: People, plan: Plan) -> Written:
        names = [
            f"{_ascii(surname).upper()}, {_ascii(forenames)}"[:40]
            for surname, forenames in zip(piece.surname, piece.forenames, strict=True)
        ]
        codes = {"M": "1", "F": "2", "U": "0"}
        return {
            "UPN": piece.upn.tolist(),
            "PUPIL-NAME": names,
            "DOB": _six_digits(piece.birth_date),
            "SEX": [codes[sex] for sex in piece.sex],
            "SCHOOL-URN": self.urns(piece).tolist(),
            "NC-YEAR": ["00" if year == "R" else f"{year:0>2}" for year in piece.year_group],
            "HOME-PCODE": piece.postcode.tolist(),
            "HOME-LA": ["990" if home == "northmoor" else "991" for home in piece.home],
            "ENTRY": _six_digits(piece.entered_on),
            "NHS-NO": piece.nhs_number.tolist(),
            "PARENT-TEL": piece.telephone.tolist(),
        }

    def truth(self, piece: People, plan: Plan) -> Mapping[str, Array]:
        plain = {
            name: pa.array([_ascii(text) for text in getattr(piece, name)])
            for name in ("forenames", "surname")
        }
        return {**super().truth(piece, plan), **plain}

    def sink(self, path: Path, plan: Plan) -> Sink:
        return _FixedWidth(path, encoding="ascii", first="HDRNORTHMOOR  SCHOOL CENSUS  210526")


class _FixedWidth(CountedLinesSink):
    def write(self, written: Mapping[str, list[str]]) -> tuple[list[str | None], list[int]]:
        form = "".join(f"{{:<{width}}}" for width in NorthmoorCensus.widths.values())
        columns = [written[field] for field in NorthmoorCensus.widths]
        return super().write({"": [form.format(*row) for row in zip(*columns, strict=True)]})


class EastvaleCensus(Census):
    """A pupil system's export to text with semicolons."""

    feed, key, council = "eastvale/school_census", 5, "eastvale"
    file = "eastvale/exports/pupils/pupils_on_roll_2026-05-21.csv"
    headers = (
        "Pupil UPN",
        "Family name",
        "Given names",
        "Gender",
        "Date of birth",
        "NCY",
        "School URN",
        "Date of entry",
        "Home postcode",
        "Home authority",
        "Ethnicity",
        "Contact telephone",
    )
    faults = (
        Fault("check-digit-wrong", "Pupil UPN", "B928000000001"),
        Fault("date-unreadable", "Date of birth", "30.02.2015"),
        Fault("date-in-future", "Date of birth", "01.01.2097"),
        Fault("code-unknown", "Gender", "see file"),
        Fault("value-missing", "Family name", ""),
        Fault("duplicate-key", "Pupil UPN", also=("School URN",)),
        Fault("code-unknown", "Home authority", "Elsewhere"),
    )

    def pieces(self, plan: Plan) -> Iterator[People]:
        size = plan.size(SHARE)
        start = border(plan) - int(size * SHARED)
        return people(plan.seed, start, start + size, border(plan))

    def written(self, piece: People, plan: Plan) -> Written:
        words = {"M": "Male", "F": "Female", "U": "Not known"}
        return {
            "Pupil UPN": piece.upn.tolist(),
            "Family name": piece.surname.tolist(),
            "Given names": piece.forenames.tolist(),
            "Gender": [words[sex] for sex in piece.sex],
            "Date of birth": _dotted(piece.birth_date),
            "NCY": ["Reception" if year == "R" else f"Year {year}" for year in piece.year_group],
            "School URN": self.urns(piece).tolist(),
            "Date of entry": _dotted(piece.entered_on),
            "Home postcode": piece.postcode.tolist(),
            "Home authority": [COUNCILS[home] for home in piece.home],
            "Ethnicity": piece.ethnic_group.tolist(),
            "Contact telephone": piece.telephone.tolist(),
        }

    def sink(self, path: Path, plan: Plan) -> Sink:
        return TextSink(path, self.headers, encoding="utf-8-sig", delimiter=";")


def joined(pieces: list[People]) -> People:
    """Pieces as one."""
    columns = {name: np.concatenate([vars(p)[name] for p in pieces]) for name in vars(pieces[0])}
    return People(**columns)


def _ascii(text: str) -> str:
    """A name as a machine without accents keeps it."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _six_digits(values: Days) -> list[str]:
    return [f"{day[8:]}{day[5:7]}{day[2:4]}" for day in days(values)]


def _dotted(values: Days) -> list[str]:
    return [f"{day[8:]}.{day[5:7]}.{day[:4]}" for day in days(values)]
