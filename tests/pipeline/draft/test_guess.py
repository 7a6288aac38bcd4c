"""A column is guessed from its header and all its values, and nobody's data become a code list."""

import pyarrow as pa
import pytest

from contracts import kinds
from contracts.kinds import Kind
from pipeline.draft.guess import Guess, guess
from pipeline.draft.profile import ColumnProfile

NAMES = ["Jo Bell", "Sam Cole", "Kim Ashby", "Robin Dunn"]


def guessed(header: str, values: list[str]) -> Guess:
    column = ColumnProfile(0, header)
    column.add(pa.array(values, pa.string()))
    return guess(column, len(values))


def test_a_name_that_comes_again_and_again_is_no_code() -> None:
    made = guessed("Contact name", NAMES * 50)
    assert (made.kind, made.codes) == (kinds.PersonalText, ())
    assert made.hint is not None and made.hint.what == "person's name"
    made = guessed("Colour", ["red", "green", "blue", "grey"] * 50)
    assert (made.kind, made.codes, made.hint) == (
        kinds.Code,
        ("blue", "green", "grey", "red"),
        None,
    )


def test_the_class_of_a_hint_is_kept_where_the_kind_has_another() -> None:
    made = guessed("Religion", [f"of the {i} chapel" for i in range(60)])
    assert (made.kind, made.kind.personal, made.personal) == (
        kinds.PersonalText,
        "personal",
        "special",
    )
    made = guessed("Ethnic group", ["White British", "Asian Indian"] * 50)
    assert (made.kind, made.personal) == (kinds.SpecialCode, None), "the kind says it itself"


def test_a_hint_of_low_confidence_changes_nothing() -> None:
    made = guessed("DOB", ["not held", "see the file", "asked for again", "to follow later"])
    assert (made.kind, made.personal) == (kinds.Text, None)


@pytest.mark.parametrize(
    ("header", "values", "kind", "why"),
    [
        ("Supplier", [f"Tern Plant {i} Ltd" for i in range(40)], kinds.OrganisationName, "header"),
        ("Supplier", [str(7_000 + 3 * i) for i in range(40)], kinds.WholeNumber, "40"),
        ("Surname", [], kinds.Text, "no row has a value"),
        # Ten of a hundred are no placeholders of a date.
        (
            "When",
            [f"2026-{m:02d}-{d:02d}" for m in range(1, 10) for d in range(1, 11)]
            + [f"week {i} of it" for i in range(10)],
            kinds.Text,
            "nothing else fits all values",
        ),
        (
            "When",
            [f"2026-{m:02d}-{d:02d}" for m in range(1, 10) for d in range(1, 11)] + ["n/k"],
            kinds.Date,
            "90 of 91 different values",
        ),
    ],
)
def test_what_it_rests_on_is_said(
    header: str, values: list[str], kind: type[Kind], why: str
) -> None:
    made = guessed(header, values)
    assert made.kind is kind
    assert why in made.why
