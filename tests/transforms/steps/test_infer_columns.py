"""A near match is taken where it is the sole one and the values prove it; else it is proposed."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest

from contracts.column import ColumnFacts
from contracts.declarations import load
from contracts.kinds import (
    Code,
    Date,
    Forenames,
    Kind,
    Money,
    NhsNumber,
    Postcode,
    Reference,
    Text,
    WholeNumber,
)
from transforms.steps.infer_columns import Inferred, Missing, infer_columns
from transforms.steps.prove_kind import provable, prove_kind

DATES = ["13/04/2026", "14/04/2026", "01/05/2026"]
SUMS = ["1,204.50", "(12.00)", "£3"]


def facts(name: str, kind: type[Kind], *headers: str, **how: object) -> ColumnFacts:
    return ColumnFacts(name, kind, name, headers, **how)  # type: ignore[arg-type]


PAID_ON = facts("paid_on", Date, "payment date", "invoice date", "date cleared")
AMOUNT = facts("amount", Money, "amount", "net amount")
SUPPLIER = facts("supplier", Text, "supplier")


def infer(
    columns: Mapping[str, Sequence[str | None]],
    *missing: ColumnFacts,
    declared: Sequence[str] = (),
    kept: dict[str, frozenset[str]] | None = None,
) -> Inferred:
    headers = list(columns)
    wanted = Missing(
        {one.name: one for one in missing},
        {one.name: dict(one.options) for one in missing},
        frozenset(declared),
        {one.name: one for one in (PAID_ON, AMOUNT, SUPPLIER)},
        kept or {},
    )
    free = {place: (header,) for place, header in enumerate(headers)}
    below = lambda asked: {p: pa.array(columns[headers[p]], pa.string()) for p in asked}  # noqa: E731
    return infer_columns(wanted, free, 1, below, load().code_schemes)


def test_a_sole_near_match_proved_by_its_values_is_taken() -> None:
    found = infer({"Paymnt Date": DATES, "Net Amnt": SUMS}, PAID_ON, AMOUNT)
    taken = {one.name: one for one in found.columns}
    assert (taken["paid_on"].position, taken["amount"].position) == (0, 1)
    assert taken["paid_on"].how == "inferred"
    assert taken["paid_on"].score and 80 < taken["paid_on"].score < 100
    assert 'only header near "payment date"' in taken["paid_on"].evidence
    assert "all 3 values read as dates" in taken["paid_on"].evidence
    assert not found.proposals


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"Paymnt Date": DATES, "Invoce Date": DATES}, "another column near it"),
        ({"Paymnt Date": ["13/04/2026", "soon", "x 1"]}, "not all those of a date"),
        ({"Paymnt Date": ["1", "2", "3"]}, "not all those of a date"),
        ({"Paymnt Date": [None, "", " "]}, "not all those of a date"),
    ],
)
def test_anything_less_is_a_proposal(columns: dict[str, list[str | None]], why: str) -> None:
    found = infer(columns, PAID_ON)
    assert not found.columns
    assert why in found.proposals[0].evidence
    assert found.proposals[0].yaml == 'paid_on: {header: "Paymnt Date"}'
    assert found.proposals[0].cell == "A1"


def test_text_proves_nothing() -> None:
    found = infer({"Suplier": ["Acme", "Beta"]}, SUPPLIER)
    assert not found.columns
    assert "text cannot prove" in found.proposals[0].evidence


def test_an_empty_column_is_no_rival() -> None:
    found = infer({"Invoce Date": [None, None], "Paymnt Date": DATES}, PAID_ON)
    assert [one.position for one in found.columns] == [1]


def test_whole_numbers_are_no_sums() -> None:
    assert not infer({"Net Amnt": ["10024", "10025"]}, AMOUNT).columns
    assert infer({"Net Amnt": ["10024", "100.25"]}, AMOUNT).columns


def test_one_column_is_not_two() -> None:
    start, end = facts("start", Date, "start date"), facts("begin", Date, "start date")
    assert not infer({"Strt Date": DATES}, start, end).columns


def test_a_declared_header_that_is_gone_is_only_proposed() -> None:
    found = infer({"Paymnt Date": DATES}, PAID_ON, declared=["paid_on"])
    assert not found.columns
    assert "declares another header" in found.proposals[0].evidence


def test_of_several_the_header_accepted_before_stays() -> None:
    columns = {"Paymnt Date": DATES, "Invoce Date": DATES}
    found = infer(columns, PAID_ON, kept={"paid_on": frozenset({"invocedate"})})
    assert [one.header for one in found.columns] == ["Invoce Date"]


def test_what_no_name_says_is_proposed_by_its_values() -> None:
    found = infer({"When": DATES, "Ledger figure": SUMS, "Who": ["a", "b"]}, PAID_ON, AMOUNT)
    assert not found.columns
    assert [(p.column, p.header) for p in found.proposals] == [
        ("paid_on", "When"), ("amount", "Ledger figure"),
    ]  # fmt: skip


def test_an_optional_column_is_proposed_only_by_its_name() -> None:
    optional = facts("cleared_on", Date, "date cleared", optional=True)
    assert not infer({"When": DATES}, optional).proposals
    assert infer({"Date Cleard": ["x"]}, optional).proposals


@pytest.mark.parametrize(
    ("kind", "values", "proved"),
    [
        (Date, ["Apr-26", "May-26"], True),
        (Date, ["13/04/2026", "04/14/2026"], False),
        (Date, [*DATES, "Total"], True),
        (Money, [*SUMS, "#REF!"], True),
        (Money, [*SUMS, "12 apples"], False),
        (WholeNumber, ["1,204", "12"], True),
        (WholeNumber, ["007", "12"], False),
        (WholeNumber, ["1.5", "12"], False),
        (Postcode, ["SW1A 1AA", "EC1A 1BB"], True),
        (Postcode, ["SW1A 1AA", "no fixed abode"], False),
        (NhsNumber, ["9434765919", "9434765870"], True),
        (NhsNumber, ["9434765918", "1234567890"], False),
        (Text, ["Acme"], False),
        (Reference, ["A1"], False),
        (Forenames, ["Ann"], False),
    ],
)
def test_what_values_prove(kind: type[Kind], values: list[str], proved: bool) -> None:
    found = prove_kind(facts("x", kind), pa.array(values), {}, {})
    assert (found is not None) == proved


def test_codes_are_proved_by_their_list() -> None:
    schemes = load().code_schemes
    sex = facts("sex", Code, options={"scheme": "sex"})
    assert prove_kind(sex, pa.array(["M", "Female", "F"]), {"scheme": "sex"}, schemes)
    assert prove_kind(sex, pa.array(["M", "Female", "X9"]), {"scheme": "sex"}, schemes) is None


@pytest.mark.parametrize("kind", [Text, Reference, Forenames])
def test_kinds_any_text_is_of_are_not_provable(kind: type[Kind]) -> None:
    assert not provable(kind)
