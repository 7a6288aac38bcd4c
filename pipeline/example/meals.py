"""One council's list of children entitled to free school meals."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.example.children import border, joined
from pipeline.example.numbers import postcodes
from pipeline.example.people import Days, People, Texts, people, texts
from pipeline.example.sinks import Layout, Sink, WorkbookSink
from pipeline.example.supply import WORKBOOK_ROWS, Array, Fault, Mask, Plan, Supply, Written, days
from pipeline.example.words import SHORT_FORMS

MEALS_SHARE = 0.1  # of the largest feed's rows
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BENEFITS = {
    "universal-credit": "UC",
    "income-support": "IS",
    "jobseekers-allowance": "JSA",
    "employment-support": "ESA",
    "child-tax-credit": "CTC",
}


class NorthmoorMeals(Supply[People]):
    """A workbook the benefits service keeps by hand."""

    feed, key = "northmoor/meal_eligibility", 6
    file = "northmoor/share/benefits/free-school-meals/FSM eligible.xlsx"
    dated = "eligible_from"
    moves_main = False
    headers = (
        "Application ref",
        "Child last name",
        "Child first name",
        "Child DOB",
        "Address",
        "Postcode",
        "Parent NI number",
        "Qualifying benefit",
        "Eligible from",
        "Eligible to",
    )
    faults = (
        Fault("date-unreadable", "Child DOB", "31-Feb-2014"),
        Fault("code-unknown", "Qualifying benefit", "XX"),
        Fault("duplicate-key", "Application ref"),
        Fault("value-missing", "Child last name", ""),
        Fault("value-outside-contract", "Eligible to", date(2024, 3, 1)),
        Fault("postcode-invalid", "Postcode", "NM99"),
    )

    def pieces(self, plan: Plan) -> Iterator[People]:
        return self._entitled(plan, 0, plan.size(MEALS_SHARE, WORKBOOK_ROWS))

    def later(self, plan: Plan, count: int) -> People:
        return joined(list(self._entitled(plan, 1, count)))

    def _entitled(self, plan: Plan, remainder: int, wanted: int) -> Iterator[People]:
        """Children who live in Northmoor, wherever they go to school, up to so many."""
        apart = max(5, border(plan) // plan.size(MEALS_SHARE, WORKBOOK_ROWS))
        for piece in people(plan.seed, 0, 2 * border(plan), border(plan)):
            some = piece.take((piece.home == "northmoor") & (piece.number % apart == remainder))
            some = some.take(slice(wanted))
            wanted -= len(some.number)
            if len(some.number):
                yield some
            if wanted == 0:
                return

    def changed(self, piece: People, which: Mask, rng: np.random.Generator) -> People:
        # The household's postcode is all a parent changes on the form.
        moved = texts(postcodes(rng, "NM", len(which)))
        return replace(piece, postcode=np.where(which, moved, piece.postcode))

    def truth(self, piece: People, plan: Plan) -> Mapping[str, Array]:
        reasons = texts(list(BENEFITS))
        return {
            "person_number": pa.array(piece.number),
            "reference": pa.array(self.references(piece)),
            "forenames": pa.array(self.forenames(piece)),
            "surname": pa.array(piece.surname),
            "birth_date": pa.array(piece.birth_date),
            "postcode": pa.array(piece.postcode),
            "eligible_from": pa.array(self.first_days(piece)),
            "eligible_to": pa.array(self.last_days(piece)),
            "reason": pa.array(reasons[piece.number // 5 % len(reasons)]),
        }

    def references(self, piece: People) -> Texts:
        """References of the applications."""
        return texts([f"FSM/{n % 9000 + 1000}/{n:08d}" for n in piece.number.tolist()])

    def forenames(self, piece: People) -> Texts:
        """First forename only, now and then in its short form, as parents write."""
        firsts = [name.partition(" ")[0] for name in piece.forenames]
        short = (piece.number // 5 % 9 == 0).tolist()
        chosen = zip(firsts, short, strict=True)
        return texts([SHORT_FORMS.get(name, name) if use else name for name, use in chosen])

    def first_days(self, piece: People) -> Days:
        """First days of the entitlements."""
        return np.datetime64("2024-04-01") + (piece.number * 7 % 700).astype("timedelta64[D]")

    def last_days(self, piece: People) -> Days:
        """Last days of the entitlements; NaT while open."""
        last = self.first_days(piece) + (180 + piece.number % 200).astype("timedelta64[D]")
        return np.where(piece.number // 5 % 5 == 0, last, np.datetime64("NaT", "D"))

    def written(self, piece: People, plan: Plan) -> Written:
        initials = texts(list(BENEFITS.values()))
        last = self.last_days(piece).tolist()
        return {
            "Application ref": self.references(piece).tolist(),
            "Child last name": [name.upper() for name in piece.surname],
            "Child first name": self.forenames(piece).tolist(),
            "Child DOB": [_named_month(day) for day in days(piece.birth_date)],
            "Address": piece.address.tolist(),
            "Postcode": [
                code.replace(" ", "").lower() if n % 3 == 0 else code
                for code, n in zip(piece.postcode, piece.number.tolist(), strict=True)
            ],
            "Parent NI number": piece.parent_ni.tolist(),
            "Qualifying benefit": initials[piece.number // 5 % len(initials)].tolist(),
            "Eligible from": self.first_days(piece).tolist(),
            "Eligible to": [day or "" for day in last],
        }

    def sink(self, path: Path, plan: Plan) -> Sink:
        return WorkbookSink(
            path,
            Layout(self.headers, ("Free school meals: children entitled",)),
            ["Eligible"],
            before={},
            after={"Lists": [[code, text] for text, code in BENEFITS.items()]},
        )


def _named_month(day: str) -> str:
    return f"{day[8:]}-{MONTH_NAMES[int(day[5:7]) - 1]}-{day[:4]}"
