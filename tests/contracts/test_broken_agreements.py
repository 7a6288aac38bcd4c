"""A broken agreement says where, and no feed goes without one that covers it."""

from typing import Any

import pytest

AGREEMENT = "agreements/fines.yml"
DATASET = "datasets/fines.py"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("paid_on, amount, surname, note]\nmethod", "paid_on, surname]\nmethod",
         "line 4, column 12: fines cannot do without amount, and agreement fines does not let it"),
        ("  fines: [", "  spend: [", "line 4, column 12: agreement 'fines' is itself broken"),
        ("start: 2026-01-01", "start: 2026-02-30", "agreement 'fines' is itself broken"),
        ("start: 2026-01-01", "start: 2028-01-01", "agreement 'fines' is itself broken"),
    ],
)  # fmt: skip
def test_a_feed_needs_an_agreement_that_covers_it(
    folder: Any, old: str, new: str, said: str
) -> None:
    folder.change(AGREEMENT, old, new)
    declared = folder.load()
    assert declared.feeds == {}
    assert said in str(declared.broken_feeds()["northmoor/fines"][0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "start: 2026-01-01",
            "start: 2026-02-30",
            "line 14, column 8: `start`: Input should be a valid date",
        ),
        (
            "start: 2026-01-01",
            "start: 2028-01-01",
            "line 1, column 1: start, review and end must follow one another",
        ),
        (
            "fine: [paid_on, amount, surname, note]",
            "fine: [paid_on, amount, note]",
            "line 11, column 28: surname is personal data and no purpose reads it",
        ),
        (
            "fine: [paid_on, amount, surname, note]",
            "fine: [paid_on, amount, surname, colour]",
            "line 9, column 40: fine has no attribute 'colour'",
        ),
        (
            "fine: [paid_on, amount, surname, note]",
            "fee: [paid_on]",
            "line 9, column 7: there is no entity 'fee' in entities/",
        ),
        (
            "  fines: [paid_on, amount, surname, note]",
            "  fines: [paid_on, amount, colour]",
            "line 11, column 28: fines has no column 'colour'",
        ),
        (
            "gateway: UK GDPR Art. 6(1)(e) public task",
            "gateway: Open Government Licence",
            "line 11, column 28: surname is personal data; no open licence covers that",
        ),
        (
            "gateway: UK GDPR Art. 6(1)(e) public task",
            "gateway: goodwill",
            "line 2, column 10: `gateway`: Input should be 'DEA 2017 s35 public service delivery'",
        ),
    ],
)
def test_a_broken_agreement_says_where(folder: Any, old: str, new: str, message: str) -> None:
    folder.change(AGREEMENT, old, new)
    told = [str(one) for one in folder.load().broken if one.path.name == "fines.yml"]
    assert any(message in one for one in told if one.startswith(AGREEMENT)), told


def test_special_category_data_need_a_condition(folder: Any) -> None:
    for name, target in (
        (DATASET, 'column("Note", headers'),
        ("entities/fine.py", 'column("Note"'),
    ):
        folder.change(name, target, target.replace("(", '(personal="special", meaning=', 1))
    message = "note is special-category data; give special_category_condition"
    assert any(message in one for one in folder.broken())
    folder.change(
        AGREEMENT, "method:", "special_category_condition: Art. 9(2)(g) public interest\nmethod:"
    )
    assert folder.broken() == []
