"""Headers are matched by name, never by value."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from contracts.column import ColumnFacts
from contracts.datasets.spend import Spend
from contracts.feed import Feed
from contracts.model import columns_of
from transforms.headers import normalised
from transforms.mapping import Mapping, Refused
from transforms.steps.find_header import Header, find_header
from transforms.steps.map_columns import map_columns
from transforms.steps.minimise import minimise

COLUMNS = columns_of(Spend)


def feed(**columns: dict[str, Any]) -> Feed:
    return Feed.model_validate(
        {
            "organisation": "northmoor", "dataset": "spend", "title": "t", "owner": "o",
            "maintainer": "m", "agreement": "a", "place": {"kind": "folder", "connection": "c"},
            "columns": columns,
        }
    )  # fmt: skip


def mapped(
    *cells: str,
    holding: Sequence[int] = (),
    declared: Feed | None = None,
    columns: dict[str, ColumnFacts] | None = None,
) -> Mapping:
    header = Header(3, cells, frozenset())
    asked = lambda positions: [p for p in positions if p in holding]  # noqa: E731
    return map_columns(header, columns or dict(COLUMNS), asked, declared)


@pytest.mark.parametrize(
    "header",
    ["Amount", " AMOUNT ", "Amount (£)", "8 Amount", "8. Amount", "* amount", "Amount £", "amount:",
     "Amount\n(GBP)", "Amount in GBP", "Amount (\u0153)", "AMOUNT_", "Amount (\u00c2£)"],
)  # fmt: skip
def test_names_are_compared_as_people_do(header: str) -> None:
    assert normalised(header) == "amount"


def test_names_that_differ_stay_apart() -> None:
    names = ["Amount", "Net Amount", "Amount Net", "VAT Amount", "£", "2", "Amount 2"]
    assert len({normalised(name) for name in names}) == len(names)


def test_no_header_name_stands_for_two_columns() -> None:
    seen: dict[str, str] = {}
    for name, facts in COLUMNS.items():
        for header in facts.headers:
            assert seen.setdefault(normalised(header), name) == name, header


def test_the_best_name_counts() -> None:
    found = mapped("Invoice Date", "Payment  Date", "Supplier", "Gross", "Net Amount")
    assert {c.name: c.position for c in found.columns} == {"paid_on": 1, "supplier": 2, "amount": 4}
    assert found.unknown == ("Invoice Date", "Gross")


def test_an_empty_column_gives_way() -> None:
    found = mapped("Date", "Supplier", "Gross", "Gross", holding=[3])
    amount = found.column("amount")
    assert amount is not None
    assert amount.position == 3
    found = mapped("Payment Date", "Date", "Supplier", "Amount", holding=[1])
    paid_on = found.column("paid_on")
    assert paid_on is not None
    assert paid_on.header == "Date"


def test_two_columns_that_could_be_it_are_refused_with_their_places() -> None:
    with pytest.raises(Refused) as caught:
        mapped("Date", "Supplier", "Amount", "Amount", holding=[2, 3])
    assert caught.value.code == "header-ambiguous"
    assert '"Amount" in C3, "Amount" in D3' in caught.value.message


def test_two_columns_that_could_be_an_optional_one_are_left_out() -> None:
    found = mapped("Date", "Supplier", "Amount", "Expense area", "Expense area", holding=[3, 4])
    assert found.column("expense_area") is None
    assert found.ambiguous == ("expense_area",)


def test_a_missing_column_is_refused_with_what_was_found() -> None:
    with pytest.raises(Refused) as caught:
        mapped("Date", "Suplier", "Amount")
    assert caught.value.code == "column-missing"
    for part in ("supplier", '"Suplier"', "row 3", "columns: {supplier: {header: ...}}"):
        assert part in caught.value.message


def test_a_likely_name_is_proposed_and_never_used() -> None:
    below = lambda positions: {p: pa.array(["Acme"] * 3) for p in positions}  # noqa: E731
    header = Header(3, ("Date", "Suplier name", "Amount"), frozenset())
    with pytest.raises(Refused, match='closest: "Suplier name" in B3') as caught:
        map_columns(header, dict(COLUMNS), lambda p: list(p), below=below)
    assert [p.yaml for p in caught.value.proposals] == ['supplier: {header: "Suplier name"}']


def test_the_letter_tells_rivals_apart() -> None:
    with pytest.raises(Refused, match="several columns could be amount") as caught:
        mapped("Date", "Supplier", "Amount", "Amount", holding=(2, 3))
    assert 'columns: {amount: {header: "Amount", at: C}}' in caught.value.message
    declared = feed(amount={"header": "Amount", "at": "D"})
    found = mapped("Date", "Supplier", "Amount", "Amount", holding=(2, 3), declared=declared)
    amount = found.column("amount")
    assert amount and amount.position == 3


def test_a_small_table_beside_the_records_is_no_rival() -> None:
    found = mapped("Date", "Supplier", "Amount", "", "Supplier", "Total", holding=(0, 1, 2, 4, 5))
    supplier = found.column("supplier")
    assert supplier and supplier.position == 1


def test_a_group_above_tells_rivals_apart() -> None:
    cells = ("Supplier", "Date", "Amount", "Amount", "Date")
    grouped = ("Supplier", "Payment Date", "Payment Amount", "VAT Amount", "Invoice Date")
    header = Header(3, cells, frozenset(), grouped)
    found = map_columns(header, dict(COLUMNS), lambda p: list(p))
    at = {c.name: (c.position, c.header) for c in found.columns}
    assert at["paid_on"] == (1, "Payment Date")
    assert at["amount"] == (2, "Payment Amount")


def test_the_feed_has_the_last_word() -> None:
    declared = feed(
        supplier={"header": "Wer"},
        body={"constant": "Northmoor Council"},
        paid_on={"header": "Invoice Date", "date_format": "%d/%m/%Y"},
    )
    found = mapped("Payment Date", "Invoice Date", "WER", "Supplier", "Amount", declared=declared)
    supplier, body, paid_on = (found.column(n) for n in ("supplier", "body", "paid_on"))
    assert supplier and body and paid_on
    assert (supplier.position, supplier.how) == (2, "declared")
    assert (body.position, body.header, body.how) == (None, "Northmoor Council", "constant")
    assert (paid_on.position, paid_on.date_formats) == (1, ("%d/%m/%Y",))


def test_what_is_outside_the_agreement_is_not_read_nor_unknown() -> None:
    kept, outside = minimise(COLUMNS, ["paid_on", "supplier", "amount"])
    header = Header(1, ("Date", "Supplier", "Amount", "Description", "Zzz"), frozenset())
    found = map_columns(header, kept, lambda p: list(p), None, outside, COLUMNS)
    assert {c.name for c in found.columns} == {"paid_on", "supplier", "amount"}
    assert "description" in found.outside_agreement
    assert found.unknown == ("Zzz",)


def test_a_mapping_survives_being_written_down() -> None:
    found = mapped("Payment Date", "Supplier", "Amount", "Zzz")
    assert Mapping.from_json(found.to_json()) == found


def head(*lines: str) -> pa.Table:
    cells = [line.split(",") for line in lines]
    width = max(len(line) for line in cells)
    rows = [[*line, *[None] * (width - len(line))] for line in cells]
    return pa.table({str(i): pa.array([row[i] for row in rows], pa.string()) for i in range(width)})


def found_row(*lines: str, **how: Any) -> int | None:
    found = find_header(head(*lines), range(1, len(lines) + 1), COLUMNS, **how)
    return found.row if found else None


def test_the_header_is_found_under_titles() -> None:
    titles = ["Payments over 500", ",", "Supplier list for Amount", "Date,Supplier,Amount"]
    assert found_row(*titles, "Date,Supplier,Amount") == 4
    assert found_row(*["x"] * 199, "Date,Supplier,Amount") == 200
    assert found_row("a,b,c", "1,2,3") is None


def test_a_declared_header_row_is_taken_as_said() -> None:
    lines = ["Date,Supplier,Amount", "Date,Supplier,Amount"]
    assert found_row(*lines, declared_row=2) == 2


def test_names_given_by_the_form_need_no_row() -> None:
    names = ["Date", "Supplier", "Amount"]
    assert found_row("x", declared_row=0, field_names=names) == 0
