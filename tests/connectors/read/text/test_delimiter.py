"""What parts cells is proved from the records, one character or several; never guessed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from connectors.read import SourceTable, Unreadable, open_tables
from connectors.read.text.delimiter import CANDIDATES, COMPOUNDS

FILES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Cells = list[list[str]]


def opened(folder: Path, text: str) -> SourceTable:
    path = folder / "delivery.txt"
    path.write_text(text, newline="", encoding="utf-8")
    [table] = open_tables(path)
    return table


def read(table: SourceTable) -> Cells:
    return [
        [cell or "" for cell in record]
        for batch in table.batches()
        for record in zip(*(column.to_pylist() for column in batch.table.columns), strict=True)
    ]


def written(cells: Cells, delimiter: str) -> str:
    """With quotation marks round cells that hold any part of the delimiter."""
    special = {*delimiter, '"', "\n"}

    def packed(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if special & set(cell) else cell

    return "".join(delimiter.join(map(packed, record)) + "\n" for record in cells)


def grids(letters: str) -> st.SearchStrategy[Cells]:
    """A header and records of as many cells, the first of them filled."""

    def of(width: int) -> st.SearchStrategy[Cells]:
        header = [f"name {i}" for i in range(width)]
        rest = st.lists(
            st.text(st.sampled_from(letters), max_size=6), min_size=width - 1, max_size=width - 1
        )
        records = st.lists(rest.map(lambda cells: ["x", *cells]), min_size=1, max_size=12)
        return records.map(lambda some: [header, *some])

    return st.integers(2, 5).flatmap(of)


@FILES
@given(grids("ab 1.-\"~^#@'/é"), st.sampled_from([*CANDIDATES, *COMPOUNDS]))
@example([["name 0", "name 1"], ["x", ""]], "||")
@example([["name 0", "name 1", "name 2"], ["x", "", "y"]], "|~|")
@example([["name 0", "name 1"], ["x", "~a~"]], "~|~")
def test_a_file_written_with_any_of_them_is_read_back(
    tmp_path: Path, cells: Cells, delimiter: str
) -> None:
    table = opened(tmp_path, written(cells, delimiter))
    assert table.delimiter == delimiter
    assert read(table) == cells


@FILES
@given(grids('ab 1~^#@|;"'), st.sampled_from(["~|~", "^|^", "#|#", "@|@"]))
@example([["name 0", "name 1"], ["x", "a|b"], ["x", "c|d"]], "~|~")
def test_a_bar_inside_cells_leaves_the_longer_delimiter_what_it_is(
    tmp_path: Path, cells: Cells, delimiter: str
) -> None:
    table = opened(tmp_path, written(cells, delimiter))
    assert table.delimiter == delimiter
    assert read(table) == cells


@FILES
@given(grids('ab 1~^#@|;,"'), st.sampled_from([*CANDIDATES, *COMPOUNDS]))
def test_whatever_stands_in_cells_a_file_is_read_right_or_refused(
    tmp_path: Path, cells: Cells, delimiter: str
) -> None:
    """With the header in it that some program wrote, and that no chance makes even."""
    whole = [cells[0], *cells[1:] * 8]
    try:
        table = opened(tmp_path, written(whole, delimiter))
    except Unreadable as refusal:
        assert refusal.code == "delimiter-undecided"
    else:
        assert table.delimiter == delimiter


@FILES
@given(grids("ab~^#@ 1"), st.sampled_from(["~", "^", "#", "@"]), st.data())
@example([["name 0", "name 1"], ["x", "a"]], "~", None)
def test_a_bar_file_with_such_marks_in_some_cells_stays_one(
    tmp_path: Path, cells: Cells, mark: str, data: st.DataObject | None
) -> None:
    number = data.draw(st.integers(1, len(cells) - 1)) if data else 1
    for record in cells[1 : number + 1]:
        record[0] += mark
        record[1] = mark + record[1]
    table = opened(tmp_path, written(cells, "|"))
    assert table.delimiter == "|"
    assert read(table) == cells


@FILES
@given(grids("ab 1~^:;#@"))
def test_a_bar_file_with_blank_cells_stays_one(tmp_path: Path, cells: Cells) -> None:
    assume(len(cells[0]) > 2)
    blank = [[record[0], "", *record[2:]] for record in cells[1:]]
    table = opened(tmp_path, written([cells[0], *blank], "|"))
    assert table.delimiter == "|"


@pytest.mark.parametrize(
    ("header", "line", "delimiter"),
    [
        # More commas in every record than bars, but for the header.
        ("name|sum", "Smith, John, Mr|1,50", "|"),
        ("name~|~sum", "Smith, John, Mr~|~1,50", "~|~"),
        ("name,sum", "Smith; John; Mr,1", ","),
        # Every record of one length with bars too, but for the header.
        ("one~|~two", "a|b~|~c|d", "~|~"),
    ],
)
def test_what_parts_the_header_too_goes_before_what_does_not(
    tmp_path: Path, header: str, line: str, delimiter: str
) -> None:
    table = opened(tmp_path, "\n".join([header, *[line] * 150, ""]))
    assert table.delimiter == delimiter
    assert read(table)[:2] == [header.split(delimiter), line.split(delimiter)]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("~a~|~b~\n~1~|~2~\n~3~|~4~\n", "|"),
        ("a||b||c\n1||2||3\n", "||"),
        ("a|b|c\n1||3\n2||4\n", "|"),
        ("name\nfirst\nsee std::vector\nlast\n", ","),
        ("name\nfirst\nx ~^~ y\nlast\n", ","),
        ("Ledger of May\n\na~|~b\n1~|~2\n", "~|~"),
        ("a~|~b\n1~|~2\n3~|~\n~|~4\n", "~|~"),
    ],
)
def test_doubtful_files_are_decided_by_rule(tmp_path: Path, text: str, delimiter: str) -> None:
    assert opened(tmp_path, text).delimiter == delimiter


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b|c\n1;2|3\n4;5|6\n", "semicolon and vertical bar"),
        ("a::b,c\n1::2,3\n4::5,6\n", "comma and '::'"),
        # A bar stands elsewhere too, as evenly.
        ("a~|~b,c\n1~|~2,3\n4~|~5,6\n", "comma and '~|~'"),
    ],
)
def test_two_that_serve_alike_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Unreadable, match="both part the records evenly") as refusal:
        opened(tmp_path, text)
    assert refusal.value.code == "delimiter-undecided"
    assert said in refusal.value.message


def test_longer_ones_are_cut_only_where_they_occur(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.read.text.delimited import DelimitedTable

    asked: list[str] = []
    first: Callable[..., list[str]] = DelimitedTable._first_records

    def noted(self: DelimitedTable, delimiter: str, file: str) -> list[str]:
        asked.append(delimiter)
        return first(self, delimiter, file)

    monkeypatch.setattr(DelimitedTable, "_first_records", noted)
    opened(tmp_path, "a,b\n1,2\n")
    assert asked == list(CANDIDATES)
    opened(tmp_path, "a,b\n1,2||3\n")
    assert asked[len(CANDIDATES) :] == [*CANDIDATES, "||"]
