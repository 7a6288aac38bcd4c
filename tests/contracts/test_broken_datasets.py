"""A broken dataset says where, and a mended one is read anew."""

from typing import Any

import pytest

from contracts.dataset import dataset_facts

DATASET = "datasets/fines.py"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('to="fine.amount"', 'to="fine.amout"', 13, "fine has no attribute 'amout'"),
        ('to="fine.amount"', 'to="fee.amount"', 13, "names no entity in entities/"),
        ('to="fine.amount"', 'to="fine.note"', 13, "a money cannot be kept as fine.note, a text"),
        ('to="fine.surname"', 'to="fine.note"', 14, "the column is personal data and fine.note is"),
        ("note: Text", "note: Code", 15, "a code needs its code list"),
        ('main="fine"', 'main="fee"', 6, "main entity 'fee' is not in entities/"),
        ("Date, Money", "Code, Date, Money", 0, ""),
    ],
)
def test_a_dataset_that_leads_nowhere_is_broken(
    folder: Any, old: str, new: str, line: int, said: str
) -> None:
    if new == "note: Code":
        folder.change(DATASET, "Date, Money", "Code, Date, Money")
    folder.change(DATASET, old, new)
    declared = folder.load()
    if not said:
        assert declared.broken == ()
        return
    assert "fines" not in declared.datasets
    (one,) = [one for one in declared.broken if one.path.as_posix() == DATASET]
    assert (one.line, said in one.message) == (line, True), str(one)
    assert "is itself broken" in declared.broken_feeds()["northmoor/fines"][0].message


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("x = (\n", 1, "not valid Python"),
        ("x = 1\ny = 1 / 0\n", 2, "ZeroDivisionError"),
        ("x = 1\n", 1, 'no dataset named "fines" here (found: none)'),
        (
            "from contracts.dataset import Dataset\n\n\nclass Fines(Dataset):\n    pass\n",
            4,
            "give its name and its main entity",
        ),
    ],
)
def test_a_module_that_fails_says_where(folder: Any, text: str, line: int, said: str) -> None:
    folder.write(DATASET, text)
    (one,) = [one for one in folder.load().broken if one.path.as_posix() == DATASET]
    assert (one.line, said in one.message) == (line, True), str(one)


def test_annotations_that_are_text_are_not_taken_for_no_columns(folder: Any) -> None:
    text = (folder.root / DATASET).read_text()
    folder.write(DATASET, f"from __future__ import annotations\n{text}")
    assert any("from __future__ import annotations" in one for one in folder.broken())


def test_an_identity_nothing_fills_is_refused(folder: Any) -> None:
    folder.change("entities/fine.py", 'name="fine"', 'name="fine", identity=["reference"]')
    folder.change(
        "entities/fine.py",
        '    note: Text = column("Note", nullable=True)',
        '    note: Text = column("Note", nullable=True)\n    reference: Text = column("Number")',
    )
    (one,) = [one for one in folder.load().broken if one.path.as_posix() == DATASET]
    assert "no column goes to fine.reference" in one.message


def test_a_changed_module_is_read_anew(folder: Any) -> None:
    first = folder.load().dataset("fines")
    assert folder.load().dataset("fines") is first
    folder.change(DATASET, 'main="fine"', 'main="fine", version="2.0.0"')
    assert dataset_facts(folder.load().dataset("fines")).version == "2.0.0"
