"""Which contract a table resembles: real files, invented files, and tables of nothing."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from connectors.read import open_tables
from contracts.declarations import load
from pipeline.discovery.header_row import header_row
from pipeline.discovery.resemblance import GOOD, Likeness, Resemblance
from pipeline.discovery.sampled import sampled

REAL = Path(__file__).parents[4] / "shared" / "real" / "spend"
FILES = sorted(path for path in REAL.rglob("*") if path.is_file() and path.name != "expected.json")


@cache
def likeness() -> Likeness:
    declared = load()
    return Likeness(declared.datasets, declared.code_schemes)


def best(path: Path) -> list[list[Resemblance]]:
    found = []
    for table in open_tables(path):
        read = sampled(table, 1)
        found.append(likeness().best(read, header_row(read)))
    return found


@pytest.mark.skipif(not FILES, reason="NOT TRIED: no real files at ../shared/real/spend")
def test_every_real_file_of_payments_is_likest_to_spend() -> None:
    assert len(FILES) == 22
    told = {
        path.name: max((t[0] for t in best(path) if t), key=lambda r: r.score) for path in FILES
    }
    assert {name: one.dataset for name, one in told.items()} == dict.fromkeys(told, "spend")
    assert min(one.score for one in told.values()) >= GOOD


@pytest.mark.parametrize(
    ("text", "dataset"),
    [
        (
            "UPN,Forename,Surname,DOB,Sex,URN,NCY,Postcode,Home LA,Entry Date\n"
            "A123456789012,Jo,Fell,13/04/2012,F,123456,4,NW1 1AB,E06000001,01/09/2024\n",
            "school_census",
        ),
        (
            "Paymt Dates,Suppliers Name,Net Amnt\n13/04/2026,Acme,10.50\n14/04/2026,Beta,11.00\n",
            "spend",
        ),
    ],
)
def test_datasets_are_told_by_headers_and_values(tmp_path: Path, text: str, dataset: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)
    [[first, *_]] = best(path)
    assert first.dataset == dataset


def test_values_that_are_not_of_the_kind_lower_the_score(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("Date,Supplier,Amount\n13/04/2026,Acme,1.50\n14/04/2026,Beta,2.50\n")
    [[good, *_]] = best(path)
    path.write_text("Date,Supplier,Amount\nsoon,Acme,plenty\nlate,Beta,little\n")
    [[bad, *_]] = best(path)
    assert bad.score < GOOD < good.score
    assert {a.column for a in good.matched if a.proved} == {"paid_on", "amount"}
    assert not any(a.proved for a in bad.matched)
    assert good.missing[:1] == ("body",)


def test_a_table_of_other_things_resembles_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("Species,Wingspan,Colour\nheron,180,grey\ndipper,28,brown\n")
    assert best(path) == [[]]


def test_headers_are_shown_and_values_never_are(tmp_path: Path) -> None:
    from pipeline.discovery.look import Asked, look

    path = tmp_path / "file.csv"

    def seen(text: str) -> Any:
        path.write_text(text)
        [table] = look(Asked(str(path), path.name, len(text)), likeness(), 1).tables
        return table

    assert seen("Jo Fell,1 High Street\nSam Marsh,2 High Street\n").header == []
    assert seen("Sam Marsh,Finance Team\nJo Fell,Housing Team\n").header == []
    assert seen("Jo,Fell,n/k\nSam,Marsh,12\nAlex,Brook,13\n").header == []
    assert seen("Jo,Fell\nSam,Marsh\nAlex,Brook\n").header == []
    assert seen("AB123456C,NW1 1AB\nAB123457C,NW1 2AB\n").header == []
    assert seen("Species,Wingspan\nheron,180\ndipper,28\n").header == ["Species", "Wingspan"]
    assert seen("Title of it,,\n,,\nCode,Colour,Size\n1,red,2\n2,blue,3\n").header_row == 3
    table = seen("Surname,jo@northmoor.gov.uk,Year,Age\nFell,x,2020,1\nMarsh,y,2021,2\n")
    assert "jo@northmoor.gov.uk" not in table.header
    table = seen("Date,Supplier,Amount,a@northmoor.gov.uk\n13/04/2026,Acme,1.50,x\n")
    assert table.header == ["Date", "Supplier", "Amount", None]
