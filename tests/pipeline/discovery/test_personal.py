"""Columns that look like personal data, against what those who made the files know of them."""

from typing import Any

import pyarrow as pa
import pytest

from contracts.declarations import load
from contracts.model import columns_of
from pipeline.discovery.personal import hint
from transforms.headers import normalised

BESIDE = ("date", "reference", "personal_reference", "personal_code")
"""Kinds that are personal by what they stand beside, and not by themselves."""


def told(header: str, values: list[str]) -> tuple[str, str] | None:
    found = hint(0, header, pa.array(values, pa.string()))
    return None if found is None else (found.what, found.confidence)


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("NI No", ["AB123456C", "AB 12 34 57 D"], ("National Insurance number", "high")),
        ("ref", ["AB123456C", "AB123457D", "AB123458A"], ("National Insurance number", "high")),
        ("ref", ["9434765919", "4010232137", "9434765870"], ("NHS number", "high")),
        ("contact", ["a@northmoor.gov.uk", "b@eastvale.gov.uk", "c@eastvale.gov.uk"],
         ("e-mail address", "high")),
        ("x", ["NW1 1AB", "NW2 2AB", "NW3 3AB"], ("postcode", "medium")),
        ("Pupil DOB", ["13/04/2012", "1/2/2013"], ("date of birth", "high")),
        ("date", ["13/04/2012", "1/2/2013", "5/6/2014"], None),
        ("Forename", ["Jo", "Sam"], ("person's name", "high")),
        ("Name", ["Fell, Jo", "Marsh, Sam", "Brook, Kim"], ("person's name", "high")),
        ("Name", ["Invented Supplies Ltd", "Acme plc", "Northmoor Council"], None),
        ("Payee", ["Mr J Fell", "Ms K Marsh", "Dr R Brook"], ("person's name", "medium")),
        ("Where", ["1 High Street", "22 Mill Lane", "3a Fell Road"], ("address", "medium")),
        ("Ethnicity", ["White British", "Asian Indian"], ("ethnic group", "high")),
        ("Disability", ["Y", "N"], ("health", "medium")),
        ("Sex", ["M", "F"], ("sex or gender", "high")),
        ("Amount", ["9434765919.00", "12.50", "13.10"], None),
        ("ref", ["AB123456C", "AB123457D", "in", "the", "roof", "of", "it"], None),
        ("ref", ["AB123456C", "AB123457D", "other"], None),
        ("ref", ["AB123456C", "AB123457D", "AB123458A", "in", "the", "roof", "of", "it"], None),
        ("Payee", ["Mr Plant Ltd", "Dr Brick plc", "Ms Paper Limited"], None),
        ("Ethnicity", ["1", "2", "3"], ("ethnic group", "medium")),
        ("Disability", [], ("health", "low")),
        ("x", ["M", "F", "M"], ("sex or gender", "medium")),
        ("Invoice", ["1234567890", "1234567891", "1234567892"], None),
        ("Description", ["Paper", "Pens", "Repairs to the roof"], None),
        ("Notes", ["Please ring 07700 900123 before you call at the house", "nothing said here"],
         ("contact details or identifiers in free text", "medium")),
    ],
)  # fmt: skip
def test_hints(header: str, values: list[str], expected: tuple[str, str] | None) -> None:
    assert told(header, values) == expected


def test_a_hint_counts_values_and_keeps_none() -> None:
    found = hint(3, "NI No", pa.array(["AB123456C", "not known", "AB123457D"]))
    assert found is not None
    assert (found.position, found.values, found.of, found.confidence) == (3, 2, 3, "medium")
    assert "AB1234" not in repr(found)


def test_all_personal_columns_of_a_client_list_are_found(outcome: Any, kit: Any) -> None:
    [table] = outcome.files["people/clients.csv"].known.look.tables
    assert [hint.column for hint in table.personal] == list(kit.PEOPLE[1:])
    assert {hint.confidence for hint in table.personal} <= {"high", "medium"}
    special = [hint.column for hint in table.personal if hint.personal == "special"]
    assert special == ["Ethnicity"]
    [bare] = outcome.files["people/no header.csv"].known.look.tables
    assert bare.header == []
    whats = {hint.what for hint in bare.personal}
    assert whats >= {"National Insurance number", "NHS number", "postcode", "e-mail address"}


def test_hints_against_the_contracts_of_the_invented_region(
    small_region: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Personal by the contract against hinted at, column by column, in every file of the region."""
    from connectors.read import Unreadable, open_tables
    from pipeline.discovery.look import Asked, look
    from pipeline.discovery.resemblance import Likeness

    declared = load()
    likeness = Likeness(declared.datasets, declared.code_schemes)
    truth, hinted, known = set(), set(), set()
    for path in sorted(p for f in small_region.folders[:1] for p in f.rglob("*") if p.is_file()):
        try:
            open_tables(path)
        except Unreadable:
            continue
        for table in look(Asked(str(path), path.name, path.stat().st_size), likeness, 1).tables:
            if not table.matches or table.matches[0].score < 60:
                continue
            facts = columns_of(declared.datasets[table.matches[0].dataset])
            of_header = {h: facts[c] for c, h, *_ in table.matches[0].matched}
            for header, one in of_header.items():
                known.add((path.name, header))
                # Dates and codes of a person's record are personal by what they are beside.
                alone = one.kind.name not in (
                    "date",
                    "personal_reference",
                    "personal_code",
                    "reference",
                )
                if one.personal != "none" and (alone or normalised(header) in ("sex", "gender")):
                    truth.add((path.name, header))
            hinted |= {(path.name, h.column) for h in table.personal if h.confidence != "low"}
    assert len(truth) > 10, "nothing was compared"
    missed = truth - hinted
    extra = (hinted & known) - truth
    with capsys.disabled():
        print(f"personal: {len(truth)} columns, missed {sorted(missed)}, further {sorted(extra)}")
    assert len(missed) <= 0.05 * len(truth), missed
    assert len(extra) <= 0.05 * len(known), extra
