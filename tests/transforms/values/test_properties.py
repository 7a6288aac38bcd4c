"""What holds for every parser: nothing makes it raise, and a value is read by itself."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import kinds
from transforms.values import parser_for

FORMATS = ("%d/%m/%Y", "%d-%b-%y", "%Y-%m-%d", "%b-%y", "excel-serial")
OPTIONS: dict[type[kinds.Kind], dict[str, Any]] = {
    kinds.Text: {},
    kinds.Reference: {},
    kinds.Code: {"writings": {"m": "male", "f": "female", "1": "male"}},
    kinds.Date: {"formats": FORMATS, "plausible": ["2010-01-01", "2030-01-01"]},
    kinds.BirthDate: {"formats": FORMATS, "birth": True, "today": "2026-01-01"},
    kinds.Money: {},
    kinds.WholeNumber: {},
    kinds.YesNo: {},
    kinds.OrganisationName: {},
    kinds.Forenames: {},
    kinds.Surname: {"part": "surname"},
    kinds.Postcode: {},
    kinds.NhsNumber: {},
    kinds.UniquePupilNumber: {},
    kinds.SchoolUrn: {},
}
SHAPED = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[-(]?£?\d{1,6}(,\d{3})*(\.\d{0,4})?[)-]?( ?(CR|DR))?", fullmatch=True),
    st.from_regex(r"\d{1,2}[/.\- ](\d{1,2}|[A-Z][a-z]{2})[/.\- ]\d{2,4}", fullmatch=True),
    st.from_regex(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", fullmatch=True),
    st.from_regex(r"[A-Z]{1,8}[' -][A-Z]{1,8}, [A-Za-z ]{1,8}", fullmatch=True),
    st.from_regex(r"[ABCDEFGH]?\d{6,13}[A-Z]?", fullmatch=True),
    st.sampled_from(["", " ", "\xa0", "#REF!", "#N/A", "\0", "\u202e", "Y", "no", "31/02/2020"]),
)
COLUMNS = st.lists(st.one_of(st.none(), SHAPED), max_size=12)


def read(kind: type[kinds.Kind], values: list[str | None]) -> list[tuple[Any, ...]]:
    parsed = parser_for(kind)(pa.array(values, pa.string()), OPTIONS[kind])
    assert parsed.values.type == kind.arrow
    assert set(parsed.companions) == set(kind.companions)
    columns = [parsed.values, parsed.problems, *parsed.companions.values()]
    assert all(len(column) == len(values) for column in columns)
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


@pytest.mark.parametrize("kind", OPTIONS, ids=lambda kind: kind.name)
@settings(max_examples=25, deadline=None)
@given(values=COLUMNS)
def test_a_value_is_read_by_itself(kind: type[kinds.Kind], values: list[str | None]) -> None:
    together = read(kind, values)
    assert together == [one for value in values for one in read(kind, [value])]
    assert together[::-1] == read(kind, values[::-1])


@pytest.mark.parametrize(
    "kind",
    [kinds.Text, kinds.Reference, kinds.OrganisationName, kinds.Postcode, kinds.NhsNumber,
     kinds.UniquePupilNumber, kinds.SchoolUrn, kinds.Money, kinds.WholeNumber, kinds.Forenames],
    ids=lambda kind: kind.name,
)  # fmt: skip
@settings(max_examples=25, deadline=None)
@given(values=COLUMNS)
def test_reading_what_was_read_changes_nothing(
    kind: type[kinds.Kind], values: list[str | None]
) -> None:
    once = [row[0] for row in read(kind, values)]
    again = [row[0] for row in read(kind, [None if v is None else str(v) for v in once])]
    assert again == once


@pytest.mark.parametrize("kind", OPTIONS, ids=lambda kind: kind.name)
def test_a_sliced_or_chunked_column_is_read_alike(kind: type[kinds.Kind]) -> None:
    values = ["Y", "£1,234.50", "01/02/2020", "M1 1AE", "O'BRIEN, ANN", "9434765919", None, "m"]
    whole = pa.array([*values, *values], pa.string())
    parsed = parser_for(kind)(whole.slice(len(values)), OPTIONS[kind])
    assert parsed.values.to_pylist() == [row[0] for row in read(kind, list(values))]


def test_a_kind_nobody_writes_has_no_parser() -> None:
    with pytest.raises(TypeError, match="Identifier"):
        parser_for(kinds.Identifier)
