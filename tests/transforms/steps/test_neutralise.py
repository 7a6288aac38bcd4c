"""Fault 39: what a spreadsheet takes for a formula is written as text, and nothing else is."""

import pyarrow as pa
import pytest

from transforms.steps.neutralise import neutralise, storable

FORMULAS = [
    "=1+1", "+cmd", "-cmd|' /C calc'!A0", "@SUM(1)", " =1", "\t=1", "\r=1", "\n=1", "\tx", "\rx",
    "\u00a0=1", "\ufeff=1", "\u200b=1", "\u3000=1", "＝1", "＋1+x", "－x", "＠x", "-1+2", "+44 20",
    "=HYPERLINK(\"x\")", "  \u00a0\t@x",
]  # fmt: skip
HARMLESS = [
    "",
    "a=b",
    "1-2",
    "-12.50",
    "+3",
    "-1,000.00",
    "x",
    "O'Neill",
    "1/2/2026",
    "a@b.example",
]


@pytest.mark.parametrize("text", FORMULAS, ids=repr)
def test_formulas_are_shown_as_text(text: str) -> None:
    assert neutralise(pa.array([text])).to_pylist() == ["'" + text]


def test_the_rest_stays() -> None:
    asked = pa.array([*HARMLESS, None], pa.string())
    assert neutralise(asked).to_pylist() == [*HARMLESS, None]


def test_what_no_workbook_holds() -> None:
    assert storable("a\x00b\tc\x1f") == "a\ufffdb\tc\ufffd"
