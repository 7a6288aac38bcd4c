"""Text, names, organisations, codes, postcodes, numbers, yes and no."""

from typing import Any

import pyarrow as pa
import pytest

from transforms.values import codes, names, numbers, organisations, postcodes, text, yes_no
from transforms.values.parsed import Parsed


def first(parsed: Parsed) -> tuple[Any, str | None]:
    return parsed.values[0].as_py(), parsed.problems[0].as_py()


@pytest.mark.parametrize(
    ("written", "tidy"),
    [("  a  b ", "a b"), ("a\tb\nc", "a b c"), ("a\xa0b", "a b"), ("\u3000a", "a"), ("   ", None),
     ("\ufeffx", "x"), ("é  è", "é è"), ("a b", "a b")],
)  # fmt: skip
def test_text_is_tidied(written: str, tidy: str | None) -> None:
    assert first(text.parse(pa.array([written]), {})) == (tidy, None)


@pytest.mark.parametrize("written", ["a\0b", "a\u202eb", "\u2066x"])
def test_what_text_cannot_hold_keeps_the_row_out(written: str) -> None:
    assert first(text.parse(pa.array([written]), {})) == (None, "control-character")
    assert first(names.parse_surname(pa.array([written]), {})) == (None, "control-character")


def test_a_reference_keeps_its_inner_spaces_and_zeros() -> None:
    assert first(text.parse_reference(pa.array([" 00 12  A "]), {})) == ("00 12  A", None)


@pytest.mark.parametrize(
    ("written", "shown", "matched"),
    [
        ("O'BRIEN", "O'Brien", "OBRIEN"), ("MCDONALD", "McDonald", "MCDONALD"),
        ("smith-jones", "Smith-Jones", "SMITHJONES"),
        ("VAN DER BERG", "van der Berg", "VANDERBERG"),
        ("DeSouza", "DeSouza", "DESOUZA"), ("JOSÉ", "José", "JOSE"),
        ("Ødegård", "Ødegård", "ODEGARD"),
        ("O\u2019NEILL", "O\u2019Neill", "ONEILL"), ("Strauß", "Strauß", "STRAUSS"),
    ],
)  # fmt: skip
def test_names_are_shown_and_matched(written: str, shown: str, matched: str) -> None:
    parsed = names.parse_surname(pa.array([written]), {})
    assert first(parsed) == (shown, None)
    assert parsed.companions["match"][0].as_py() == matched


def test_a_combined_name_is_taken_apart() -> None:
    written = pa.array(["O'BRIEN, Ann Marie", "SMITH", "A, B, C", "", "SMITH,"])
    surnames = names.parse_surname(written, {"part": "surname"})
    forenames = names.parse_forenames(written, {"part": "forenames"})
    assert surnames.values.to_pylist() == ["O'Brien", None, None, None, None]
    assert forenames.values.to_pylist() == ["Ann Marie", None, None, None, None]
    unreadable = [None, "name-unreadable", "name-unreadable", None, "name-unreadable"]
    assert surnames.problems.to_pylist() == unreadable
    assert forenames.problems.to_pylist() == unreadable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Services Limited", "ACME SERVICES LTD."),
        ("Marks & Spencer P.L.C.", "marks and spencer plc"),
        ("Whittington Hospital NHS Trust (The)", "The Whittington Hospital N.H.S. Trust"),
        ("Serco Ltd~114639650", "Serco Limited"), ("KINGS COLLEGE:03529700", "Kings College"),
        ("Smith t/a Foo", "Smith T/AS Foo"), ("Café Société Ltd", "CAFE SOCIETE LIMITED"),
        ("A-B Co", "A B Company"), ("Guy's Hospital", "GUYS HOSPITAL"),
    ],
)  # fmt: skip
def test_organisations_match_however_written(one: str, other: str) -> None:
    found = organisations.parse(pa.array([one, other]), {}).companions["match"].to_pylist()
    assert found[0] == found[1] != None  # noqa: E711


def test_organisations_that_differ_do_not_match() -> None:
    written = pa.array(
        ["Acme North Ltd", "Acme South Ltd", "Acme North LLP", "Theatre Co", "Salted Ltd"]
    )
    found = organisations.parse(written, {}).companions["match"].to_pylist()
    assert len(set(found)) == len(found)
    assert found[3:] == ["THEATRE CO", "SALTED LTD"]


def test_an_organisation_is_shown_as_written() -> None:
    assert first(organisations.parse(pa.array([" ACME  ltd"]), {})) == ("ACME ltd", None)
    stuck = "Serco Ltd~114639650"
    assert first(organisations.parse(pa.array([stuck]), {})) == (stuck, None)
    assert first(organisations.parse(pa.array(["#REF!"]), {})) == (None, "cell-error")


def test_codes_through_their_scheme() -> None:
    options = {"writings": {"1": "male", "very well": "fine"}}
    written = pa.array(["1", " Very  WELL ", "2", "", "#N/A"])
    parsed = codes.parse(written, options)
    assert parsed.values.to_pylist() == ["male", "fine", None, None, None]
    assert parsed.problems.to_pylist() == [None, None, "code-unknown", None, "cell-error"]


@pytest.mark.parametrize(
    ("written", "postcode"),
    [("sw1a1aa", "SW1A 1AA"), ("M1 1AE", "M1 1AE"), ("ec1a-1bb", "EC1A 1BB"), ("GIR0AA", "GIR 0AA"),
     ("B33  8TH", "B33 8TH"), ("W1A 0AX", "W1A 0AX"),
     ("CR2 6XH", "CR2 6XH"), ("ZZ99 3VZ", "ZZ99 3VZ")],
)  # fmt: skip
def test_postcodes(written: str, postcode: str) -> None:
    assert first(postcodes.parse(pa.array([written]), {})) == (postcode, None)


@pytest.mark.parametrize(
    "written", ["X", "Q1 1AA", "M1 1CE", "AB12 3C", "M1 11E", "1M 1AE", "M1 1AE?", "LONDON"]
)
def test_no_postcodes(written: str) -> None:
    assert first(postcodes.parse(pa.array([written]), {})) == (None, "postcode-invalid")


def test_whole_numbers() -> None:
    parsed = numbers.parse(pa.array(["1,234", "12.0", "-3", "+4", "1.5", "1,23", "x", ""]), {})
    assert parsed.values.to_pylist() == [1234, 12, -3, 4, None, None, None, None]
    assert parsed.problems.to_pylist()[4:] == ["number-unreadable"] * 3 + [None]


def test_yes_and_no() -> None:
    parsed = yes_no.parse(pa.array(["Y", "no", "TRUE", "0", "2", None]), {})
    assert parsed.values.to_pylist() == [True, False, True, False, None, None]
    assert parsed.problems.to_pylist() == [None] * 4 + ["yes-no-unreadable", None]
