"""Accepted aliases: lines that are appended, read again, and told where they are wrong."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.aliases import (
    ALIAS_COLUMNS,
    Alias,
    AliasNotWritten,
    BadAliases,
    alias_file,
    append_alias,
    load_aliases,
)

HEAD = ",".join(ALIAS_COLUMNS) + "\n"
ONE = Alias("BST", "Brizzle", None, None, None, "A. Steward", date(2026, 5, 1), "their own name")
TWO = Alias(
    "BAS", 'Bath, "the" city\nof', date(2001, 1, 1), date(2002, 1, 1), "northmoor/spend",
    "B. Steward", date(2026, 5, 2), "asked, and told",
)  # fmt: skip


def test_lines_are_appended_and_those_before_stay(tmp_path: Path) -> None:
    path = alias_file(tmp_path / "local-authority.csv")
    assert path.name == "local-authority.aliases.csv" and load_aliases(path) == ()
    append_alias(path, ONE)
    first = path.read_bytes()
    append_alias(path, TWO)
    assert path.read_bytes().startswith(first)
    read = load_aliases(path)
    assert [vars(one) | {"line": 0} for one in read] == [vars(ONE), vars(TWO)]
    assert [one.line for one in read] == [2, 4]
    assert sorted(one.name for one in tmp_path.iterdir()) == [path.name]


def test_a_file_edited_by_hand_without_a_last_line_end(tmp_path: Path) -> None:
    path = tmp_path / "a.aliases.csv"
    path.write_text(HEAD + "BST,Brizzle,,,,A,2026-05-01,why")
    append_alias(path, TWO)
    assert [one.code for one in load_aliases(path)] == ["BST", "BAS"]


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AliasNotWritten, match="WATERSMEET_CONTRACTS"):
        append_alias(tmp_path / "file" / "a.aliases.csv", ONE)


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        ("BST,x,,,,,,\n", [(2, "accepted_by is empty"), (2, "accepted_on is empty"),
                           (2, "reason is empty")]),
        ("BST,x,,,,A,yesterday,why\n", [(2, "accepted_on is not a date (YYYY-MM-DD)")]),
        ("BST,x,2002-01-01,2001-01-01,,A,2026-05-01,why\n", [(2, "end lies before start")]),
        ("BST,x\n", [(2, "the line does not have 8 values")]),
    ],
)  # fmt: skip
def test_a_bad_file_says_its_lines(
    tmp_path: Path, lines: str, problems: list[tuple[int, str]]
) -> None:
    path = tmp_path / "a.aliases.csv"
    path.write_text(HEAD + lines)
    with pytest.raises(BadAliases) as told:
        load_aliases(path)
    assert list(told.value.problems) == problems


def test_columns_must_be_the_aliases(tmp_path: Path) -> None:
    (tmp_path / "a.aliases.csv").write_text("code,alias\nA,b\n")
    with pytest.raises(BadAliases, match="the columns must be code,alias,start"):
        load_aliases(tmp_path / "a.aliases.csv")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(str.strip))
def test_any_writing_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    if not text:
        return
    path = tmp_path_factory.mktemp("a") / "a.aliases.csv"
    append_alias(path, Alias("A", text, None, None, None, "A", date(2026, 1, 1), "why"))
    assert load_aliases(path)[0].alias == text
