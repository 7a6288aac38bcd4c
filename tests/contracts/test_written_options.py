"""What a feed declares of how its values are written, and columns that keep why one is missing."""

from typing import Any

import pytest

from contracts.model import canonical_columns

DATASET, ENTITY = "datasets/fines.py", "entities/fine.py"
FEED = "feeds/northmoor/fines.yml"
HEADER = "    header: Fine £"


@pytest.mark.parametrize(
    ("column", "words", "said"),
    [
        ("paid_on", 'decimal: ","', "paid_on: a date has no decimals"),
        ("amount", "unit: fraction", "amount: a money is not written in fraction"),
        ("note", "unit: pence", "note: a text is not written in pence"),
        ("amount", "leading_zeros: restored",
         "amount: of a money nobody can say how many zeros it has lost"),
        ("amount", 'missing: {refused: ["-9"], not-asked: ["-9 "]}',
         "amount: '-9' stands for two reasons; keep it for one"),
        ("amount", 'missing: {unwilling: ["-9"]}', "unwilling"),
        ("amount", "decimal: ;", "'.' or ','"),
    ],
)  # fmt: skip
def test_an_option_that_says_nothing_of_the_column_is_refused(
    folder: Any, column: str, words: str, said: str
) -> None:
    folder.change(FEED, "  amount:\n" + HEADER, f"  {column}:\n    {words}")
    assert any(said in one for one in folder.broken()), folder.broken()


def test_options_that_do_are_taken(folder: Any) -> None:
    words = 'decimal: ","\n    unit: pence\n    missing: {not-asked: ["-9"]}'
    folder.change(FEED, HEADER, f"    {words}")
    rule = folder.load().feeds["northmoor/fines"].columns["amount"]
    assert (rule.decimal, rule.unit, rule.missing) == (",", "pence", {"not-asked": ("-9",)})


def test_reasons_land_beside_the_value_on_both_sides(folder: Any) -> None:
    folder.change(DATASET, 'to="fine.surname"', 'to="fine.surname", reasons=True')
    assert any(
        "declare fine.surname with reasons=True" in one and "line 14" in one
        for one in folder.broken()
    )
    folder.change(ENTITY, 'column("Who"', 'column("Who", reasons=True')
    declared = folder.load()
    assert declared.broken == ()
    assert "surname_missing" in canonical_columns(declared.datasets["fines"])
    kind = canonical_columns(declared.entities["fine"])["surname_missing"]
    assert (kind.sql, kind.personal) == ("text", "personal")
    folder.change(DATASET, ", reasons=True", "")
    assert any("declare the column with reasons=True" in one for one in folder.broken())
