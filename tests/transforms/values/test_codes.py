"""Codes: what is not in force is kept and told, what is unknown or has no counterpart is not."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.claims import normalised
from transforms.values import characters, codes

OPTIONS = {
    "writings": {"1": "M", "straße": "S", "gone": "G", "lost": None, "f": "F"},
    "outside": frozenset({"gone"}),
}


def read(*texts: str | None) -> list[tuple[str | None, str | None]]:
    parsed = codes.parse(pa.array(texts, pa.string()), OPTIONS)
    return list(zip(parsed.values.to_pylist(), parsed.problems.to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("text", "value", "problem"),
    [
        (" 1 ", "M", None),
        ("Ｆ", "F", None),
        ("STRASSE", "S", None),
        ("Straße", "S", None),
        ("Gone", "G", "code-not-in-force"),
        ("lost", None, "code-without-counterpart"),
        ("other", None, "code-unknown"),
        ("#REF!", None, "cell-error"),
        ("", None, None),
        (None, None, None),
    ],
)
def test_codes(text: str | None, value: str | None, problem: str | None) -> None:
    options = {**OPTIONS, "writings": {normalised(k): v for k, v in OPTIONS["writings"].items()}}  # type: ignore[attr-defined]
    parsed = codes.parse(pa.array([text, "1"], pa.string()), options)
    assert (parsed.values.to_pylist(), parsed.problems.to_pylist()) == (
        [value, "M"], [problem, None],
    )  # fmt: skip


@given(st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"])))))
def test_writings_are_compared_as_registers_compare_them(texts: list[str | None]) -> None:
    tidy = characters.without_blanks(pa.array(texts, pa.string()))
    for one, folded in zip(tidy.to_pylist(), codes.folded(tidy).to_pylist(), strict=True):
        assert folded == (None if one is None else normalised(one))


def test_any_order_and_batch_size_give_the_same() -> None:
    texts = ["1", "gone", "x", None, "lost"] * 3
    whole = read(*texts)
    assert [read(one)[0] for one in texts] == whole
    assert read(*reversed(texts)) == whole[::-1]
