"""The JSON lines reader: one record a line, and a broken line harms no other."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.read import SourceTable, Unreadable, open_tables
from contracts.file_forms import Json, JsonLines

FORM = JsonLines(format="json-lines")


def open_one(path: Path, content: bytes, form: JsonLines | None = FORM) -> SourceTable:
    path.write_bytes(content)
    [table] = open_tables(path, form)
    return table


def rows(table: SourceTable) -> dict[int, dict[str, str]]:
    """Filled cells by row and name."""
    names = table.field_names or ()
    found = {}
    for batch in table.batches():
        for row, cells in zip(batch.rows.tolist(), batch.table.to_pylist(), strict=True):
            found[row] = {n: c for n, c in zip(names, cells.values(), strict=True) if c is not None}
    return found


def problems(table: SourceTable) -> list[tuple[int, str]]:
    return sorted(one for batch in table.batches() for one in batch.problems)


def test_rows_are_lines_blank_ones_too(tmp_path: Path) -> None:
    table = open_one(
        tmp_path / "a.jsonl",
        b'{"id":"007","n":1.50}\r\n\r\n{"id":2,"n":1E10,"more":{"a":[1,"b"]}}',
    )
    assert (table.kind, table.header_row) == ("json-lines", 0)
    assert rows(table) == {
        1: {"id": "007", "n": "1.50"},
        2: {},
        3: {"id": "2", "n": "1E10", "more": '{"a": [1, "b"]}'},
    }
    assert table.place(3, 1) == ("a.jsonl", None, "record 3, n"), "as SQL tells it"
    assert problems(table) == []


def test_a_broken_line_is_a_problem_of_its_row_alone(tmp_path: Path) -> None:
    lines = [
        b'{"a": 1}',
        b'{"a": ',
        b'{"a": 1, "a": 2}',
        b"[1]",
        b'{"a": "\xe9"}',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"a": 8}',
    ]
    table = open_one(tmp_path / "a.jsonl", b"\n".join(lines) + b"\n")
    assert problems(table) == [
        (2, "record-damaged"),
        (3, "record-damaged"),
        (4, "record-damaged"),
        (5, "record-damaged"),
        (6, "control-character"),
        (7, "record-damaged"),
    ]
    found = rows(table)
    assert (found[1], found[8]) == ({"a": "1"}, {"a": "8"})
    assert len(found) == 8


@pytest.mark.parametrize("content", [b"{bad\n{worse\n", b"\n\n"])
def test_a_file_without_any_record_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable) as refusal:
        open_one(tmp_path / "a.jsonl", content)
    assert refusal.value.code in ("json-damaged", "file-form-differs", "file-empty")
    assert "a.jsonl" in refusal.value.message


def test_they_are_told_from_json_without_a_form(tmp_path: Path) -> None:
    assert open_one(tmp_path / "a", b'{"a":1}\n{"a":2}\n', None).kind == "json-lines"
    long = json.dumps({"a": "x" * 100_000})
    assert len(rows(open_one(tmp_path / "a.jsonl", f"{long}\n{long}\n".encode()))) == 2
    assert rows(open_one(tmp_path / "a", b'{"a":1}\n')) == {1: {"a": "1"}}
    (tmp_path / "b").write_bytes(b'{"a":1}\n{"a":2}\n')
    with pytest.raises(Unreadable, match="JSON lines, and the feed declares JSON"):
        open_tables(tmp_path / "b", Json(format="json"))


def test_fields_are_taken_by_their_paths(tmp_path: Path) -> None:
    form = JsonLines(format="json-lines", fields={"who": "s.names[1]", "n": '["odd.key"]'})
    content = b'{"s":{"names":["a","b"]},"odd.key":1}\n{"s":{"names":["c"]}}\n'
    table = open_one(tmp_path / "a.jsonl", content, form)
    assert table.field_names == ("who", "n")
    assert rows(table) == {1: {"who": "b", "n": "1"}, 2: {}}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_of_encodings_are_stepped_over(tmp_path: Path, encoding: str) -> None:
    table = open_one(tmp_path / "a.jsonl", '{"a":"Zoë"}\n{"a":"x"}\n'.encode(encoding), FORM)
    assert rows(table) == {1: {"a": "Zoë"}, 2: {"a": "x"}}


def test_packed_lines_are_read_through_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a":1}\n{"a":2}\n'))
    [table] = open_tables(path)
    assert (table.kind, table.file) == ("json-lines", "a.jsonl.gz/a.jsonl")
    assert len(rows(table)) == 2


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20).filter(
    lambda text: not any("\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" for c in text)
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.dictionaries(TEXTS, st.none() | TEXTS | st.integers() | st.booleans()), min_size=1)
)
def test_what_json_writes_is_read_again(
    tmp_path: Path, records: list[dict[str, str | int | None]]
) -> None:
    written = "".join(json.dumps(one, ensure_ascii=len(one) % 2 == 0) + "\n" for one in records)
    table = open_one(tmp_path / "a.jsonl", written.encode())
    expected = {
        row: {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in one.items()
            if value is not None
        }
        for row, one in enumerate(records, 1)
    }
    assert rows(table) == expected
    assert problems(table) == []


def test_every_row_has_its_hash_whatever_is_in_it(tmp_path: Path) -> None:
    table = open_one(tmp_path / "a.jsonl", b'{"a":1}\n{"a":\n{}\n\n{"b":"1"}\n')
    [batch] = table.batches()
    assert len(batch.hashes) == len(batch.rows) == 5
    assert len({batch.hashes[0], batch.hashes[1], batch.hashes[4]}) == 3
    assert batch.hashes[1] == batch.hashes[2], "nothing stands in either"
