"""The way of one value, rule by rule."""

from itertools import pairwise
from typing import Any

import pytest

from contracts.declarations import load
from contracts.model import columns_of
from transforms.mapping import MappedColumn
from transforms.trace import trace

DECLARED = load()
SPEND = columns_of(DECLARED.dataset("spend"))
CENSUS = columns_of(DECLARED.dataset("school_census"))
FORENAMES_FIRST = {"part": "surname", "name_order": "forenames-first"}


def way(raw: str | None, dataset: Any, name: str, **column: Any) -> list[tuple[str, Any, Any]]:
    mapped = MappedColumn(name, 7, "Header", "exact", **column)
    return trace(raw, mapped, dataset[name], DECLARED.code_schemes, "2026-01-01")


def test_every_rule_takes_on_where_the_one_before_left_off() -> None:
    told = way(" £1,234.565 ", SPEND, "amount")
    assert told == [
        ("trimmed white space", " £1,234.565 ", "£1,234.565"),
        ("removed currency sign and thousands separators", "£1,234.565", "1234.565"),
        ("read as pounds, rounded half up to the penny", "1234.565", "1234.57"),
    ]


def test_a_date_names_its_format_and_proof() -> None:
    column = {
        "date_formats": ("%d.%m.%Y", "%d/%m/%Y"),
        "date_evidence": "day first, proved by row 17",
    }
    assert way("03/04/2020", SPEND, "paid_on", **column) == [
        ("read as %d/%m/%Y (day first, proved by row 17)", "03/04/2020", "2020-04-03")
    ]


@pytest.mark.parametrize(
    ("raw", "dataset", "name", "column", "last"),
    [
        ("(12.5)", SPEND, "amount", {}, "-12.50"),
        ("12 CR", SPEND, "amount", {}, "-12.00"),
        ("Serco  Ltd~114639650", SPEND, "supplier", {}, "Serco Ltd~114639650"),
        ("O'BRIEN, ANN", CENSUS, "surname", {"options": {"part": "surname"}}, "O'Brien"),
        ("O'BRIEN, Dr ANN (NAN)", CENSUS, "forenames", {"options": {"part": "forenames"}}, "Ann"),
        ("Dr Jan VAN DER BERG", CENSUS, "surname", {"options": FORENAMES_FIRST}, "van der Berg"),
        ("Jose\u0301 (Pepe)", CENSUS, "forenames", {}, "José"),
        ("m11ae", CENSUS, "postcode", {}, "M1 1AE"),
        ("2", CENSUS, "sex", {"options": {"scheme": "sex-1-2"}}, "F"),
        ("#REF!", SPEND, "amount", {}, None),
        ("  ", SPEND, "supplier", {}, None),
    ],
)
def test_the_way_ends_at_the_value(
    raw: str, dataset: Any, name: str, column: dict[str, Any], last: str | None
) -> None:
    told = way(raw, dataset, name, **column)
    assert told[0][1] == raw
    assert told[-1][2] == last
    assert all(one[2] == other[1] for one, other in pairwise(told))


def test_a_value_taken_as_written_has_no_rule() -> None:
    assert way("12.50", SPEND, "amount") == []
    assert way(None, SPEND, "amount") == []
