"""Columns are offered as a key only where they tell every record from every other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.read import open_tables
from pipeline.draft.guess import LONGEST_CODE, guess
from pipeline.draft.keys import candidate_keys
from pipeline.draft.profile import TableProfile, profile


def keys(
    folder: Path, *rows: tuple[str, ...], header: tuple[str, ...] | None = None
) -> list[tuple[int, ...]]:
    """Candidate keys of a table of these rows, below a header."""
    path = folder / "table.csv"
    header = header or tuple(f"Column {chr(65 + place)}" for place in range(len(rows[0])))
    path.write_text("".join(f"{','.join(row)}\n" for row in [header, *rows]))
    [table] = open_tables(path)
    read = profile(table, 1, list(header))
    return candidate_keys(read, [guess(one, read.rows).kind for one in read.columns])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("1", "x"), ("2", "x"), ("3", "y")], [(0,)]),
        ([("x", "1"), ("x", "2"), ("x", "3")], [(1,)]),
        # Nine of ten are not all.
        ([(str(i % 9), "x") for i in range(10)], []),
        # A column with a gap is no part of a key.
        ([("1", "x"), ("2", "x"), ("", "y")], []),
        # There are pairs enough for three rows, and two rows have the same one.
        ([("1", "x"), ("1", "x"), ("2", "y")], []),
        ([("1", "x"), ("1", "y"), ("2", "x"), ("2", "y")], [(0, 1)]),
        # One record is told from nothing.
        ([("1", "x")], []),
    ],
)
def test_what_tells_records_apart(
    tmp_path: Path, rows: list[tuple[str, ...]], expected: list[tuple[int, ...]]
) -> None:
    assert keys(tmp_path, *rows) == expected


def test_an_empty_table_has_no_key() -> None:
    assert candidate_keys(TableProfile([]), []) == []


def test_at_most_five_are_offered_from_the_left(tmp_path: Path) -> None:
    every = [tuple(f"{row}{place}" for place in "abcdef") for row in range(4)]
    assert keys(tmp_path, *every) == [(0,), (1,), (2,), (3,), (4,)]
    # Of these four columns every pair, and none of them alone, tells nine rows apart.
    square = [
        (str(i), str(j), str((i + j) % 3), str((i + 2 * j) % 3)) for i in range(3) for j in range(3)
    ]
    assert keys(tmp_path, *square) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3)]


def test_of_many_columns_those_with_the_most_values_are_paired(tmp_path: Path) -> None:
    rows = [(*("xy"[i % 2],) * 8, str(i % 5), str(i // 5)) for i in range(20)]
    assert keys(tmp_path, *rows) == [(8, 9)]


SITES = ("North", "South", "East")


@pytest.mark.parametrize(
    ("header", "other", "expected"),
    [
        ("Week", lambda i: str(2000 + i), [(0, 1)]),
        ("Day", lambda i: f"2026-04-{i + 1:02}", [(0, 1)]),
        ("Place", lambda i: f"Mill Lane {i}", [(0, 1)]),
        ("Place", lambda i: f"by {i}".rjust(LONGEST_CODE, "x"), [(0, 1)]),
        ("Hash", lambda i: str(i).rjust(64, "a"), [(0, 1)]),
        # What comes after is no key, though here no two rows have it alike.
        ("Place", lambda i: f"by {i}".rjust(LONGEST_CODE + 1, "x"), []),
        ("Amount", lambda i: f"{i}.50", []),
        ("Amount", lambda i: str(100 + i), []),
        ("Score", lambda i: f"{i / 8:g}", []),
        ("Rate", lambda i: f"{i}%", []),
        ("Remarks", lambda i: f"see note {i}", []),
    ],
)
def test_sums_fractions_and_free_text_are_no_part_of_a_key(
    tmp_path: Path, header: str, other: Callable[[int], str], expected: list[tuple[int, ...]]
) -> None:
    pairs = [(site, other(i)) for site in SITES for i in range(9)]
    assert keys(tmp_path, *pairs, header=("Site", header)) == expected
    alone = [(site, other(i)) for i, site in enumerate(SITES)]
    held = keys(tmp_path, *[(f"{site[0]}-x", one) for site, one in alone], header=("Site", header))
    assert held == [(0,), *([(1,)] if expected else [])]
