"""Numbers with what they count."""

import pytest

from pipeline.discovery.quantity import quantity


@pytest.mark.parametrize(
    ("number", "nouns", "said"),
    [
        (0, ("file",), "0 files"),
        (1, ("file",), "1 file"),
        (1200, ("file",), "1,200 files"),
        (1, ("table is", "tables are"), "1 table is"),
        (2, ("table is", "tables are"), "2 tables are"),
    ],
)
def test_one_is_one(number: int, nouns: tuple[str, ...], said: str) -> None:
    assert quantity(number, *nouns) == said
