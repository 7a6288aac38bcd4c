"""A feed keeps the mapping it was accepted with; an inference that would change it is told."""

from pathlib import Path

import pytest

from contracts.declarations import Declarations, load
from pipeline.walk import Walk
from transforms.mapping import pins_of

RECORDS = "13/04/2026,Acme,1.50\n14/04/2026,Beta,2.25\n"
USUAL = "Payment Date,Supplier,Amount\n"
NEAR = "Paymnt Date,Supplier,Amount\n"


@pytest.fixture(scope="module")
def declared() -> Declarations:
    return load()


def walked(declared: Declarations, folder: Path, written: str, before: Walk | None = None) -> Walk:
    path = folder / "file.csv"
    path.write_text(written)
    pinned = None
    if before is not None:
        pinned = pins_of(t.mapping.to_json() for t in before.tables if t.mapping)
    return Walk(path, dataset=declared.dataset("spend"), declarations=declared, pinned=pinned)


def test_the_first_delivery_changes_nothing(declared: Declarations, tmp_path: Path) -> None:
    assert walked(declared, tmp_path, NEAR + RECORDS).structure_changes == []


def test_the_same_inference_again_changes_nothing(declared: Declarations, tmp_path: Path) -> None:
    before = walked(declared, tmp_path, NEAR + RECORDS)
    assert walked(declared, tmp_path, NEAR + RECORDS, before).structure_changes == []


@pytest.mark.parametrize(("first", "then"), [(USUAL, NEAR), (NEAR, USUAL)])
def test_an_inference_that_comes_or_goes_is_told(
    declared: Declarations, tmp_path: Path, first: str, then: str
) -> None:
    before = walked(declared, tmp_path, first + RECORDS)
    (change,) = walked(declared, tmp_path, then + RECORDS, before).structure_changes
    assert (change.code, change.column) == ("column-inferred-anew", "paid_on")
    assert '"Paymnt Date"' in change.message and '"Payment Date"' in change.message
    assert change.facts["declare"] == {"columns": {"paid_on": {"header": then.partition(",")[0]}}}


def test_another_known_header_is_for_the_gates_to_compare(
    declared: Declarations, tmp_path: Path
) -> None:
    before = walked(declared, tmp_path, USUAL + RECORDS)
    other = USUAL.replace("Payment Date", "Invoice Date")
    assert walked(declared, tmp_path, other + RECORDS, before).structure_changes == []


def test_of_two_near_headers_the_accepted_one_stays(declared: Declarations, tmp_path: Path) -> None:
    before = walked(declared, tmp_path, NEAR + RECORDS)
    both = "Invoce Date,Paymnt Date,Supplier,Amount\n13/03/2026,13/04/2026,Acme,1.50\n"
    now = walked(declared, tmp_path, both, before)
    assert now.structure_changes == []
    mapping = now.tables[0].mapping
    paid_on = mapping.column("paid_on") if mapping else None
    assert paid_on and paid_on.header == "Paymnt Date"


def test_the_mapping_as_stored_says_how(declared: Declarations, tmp_path: Path) -> None:
    mapping = walked(declared, tmp_path, NEAR + RECORDS).tables[0].mapping
    assert mapping is not None
    stored = {one["name"]: one for one in mapping.to_json()["columns"]}
    assert stored["paid_on"]["how"] == "inferred"
    assert stored["paid_on"]["score"] > 90
    assert "read as dates" in stored["paid_on"]["evidence"]
    assert type(mapping).from_json(mapping.to_json()) == mapping
