"""The JSON reader: pages together are one table, values stand as written."""

import json
from pathlib import Path

import numpy as np
import pytest

from connectors.read import Unreadable, open_tables
from contracts.file_forms import Json

FORM = Json(format="json", records="data.items")


def write(folder: Path, *pages: str) -> list[Path]:
    paths = []
    for number, page in enumerate(pages, 1):
        paths.append(folder / f"page-{number:04d}.json")
        paths[-1].write_text(page, encoding="utf-8")
    return paths


def page(records: str) -> str:
    return f'{{"data": {{"items": {records}}}}}'


def test_pages_are_one_table_of_all_keys(tmp_path: Path) -> None:
    paths = write(
        tmp_path,
        page('[{"id": 1, "sum": 1.50}, {"sum": 20000000000000000001, "id": "x"}]'),
        page("[]"),
        page('[{"id": 3, "note": "Zoë", "ok": true, "gone": null, "more": {"a": [1]}}]'),
    )
    [table] = open_tables(paths, FORM)
    assert (table.header_row, table.kind) == (0, "json")
    assert table.field_names is not None
    names = table.field_names
    assert names == ("id", "sum", "note", "ok", "gone", "more")
    rows = [
        dict(zip(names, r.values(), strict=True))
        for b in table.batches()
        for r in b.table.to_pylist()
    ]
    blank = dict.fromkeys(names)
    assert rows == [
        {**blank, "id": "1", "sum": "1.50"},
        {**blank, "id": "x", "sum": "20000000000000000001"},
        {**blank, "id": "3", "note": "Zoë", "ok": "true", "more": '{"a": ["1"]}'},
    ]
    assert [r for b in table.batches() for r in b.rows.tolist()] == [1, 2, 3]
    assert table.cell(3, names.index("note")) == "Zoë"
    assert table.cell(1, names.index("note")) == ""
    assert table.place(3, names.index("note")) == ("page-0003.json", None, "record 1, note")
    assert table.place(2, names.index("sum")) == ("page-0001.json", None, "record 2, sum")


def test_a_record_is_known_again_whatever_the_order_of_its_keys(tmp_path: Path) -> None:
    [first] = open_tables(write(tmp_path, page('[{"a": 1, "b": 2}, {"a": 5}]')), FORM)
    [batch] = first.batches(seed=1)
    [second] = open_tables(
        write(tmp_path, page('[{"c": 9}, {"b": 2, "a": 1, "c": null}, {"b": 5}]')), FORM
    )
    [rest] = second.batches(known=np.sort(batch.hashes), seed=1)
    assert (rest.rows.tolist(), rest.skipped) == ([1, 3], 1)


def test_characters_text_cannot_hold_are_reported(tmp_path: Path) -> None:
    [table] = open_tables(
        write(tmp_path, page(r'[{"a": "x\u0000y"}, {"a": "ok"}, {"a": "\ud800"}]')), FORM
    )
    [batch] = table.batches()
    assert sorted(batch.problems) == [(1, "control-character"), (3, "control-character")]
    assert batch.table.column("0").to_pylist() == ["x\ufffdy", "ok", "\ufffd"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"data": {"items": [{"a": 1}', "json-damaged"),
        ('{"data": {"other": []}}', "json-without-records"),
        ('{"data": {"items": [1, 2]}}', "json-without-records"),
        (page('[{"a": 1, "a": 2}]'), "json-damaged"),
        (page("[" * 100_000 + "]" * 100_000), "json-damaged"),
    ],
)
def test_what_is_no_list_of_records_is_refused(tmp_path: Path, content: str, code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        open_tables(write(tmp_path, content), FORM)
    assert refusal.value.code == code
    assert "page-0001.json" in refusal.value.message


def test_no_records_at_all_is_an_empty_table(tmp_path: Path) -> None:
    [table] = open_tables(write(tmp_path, page("[]")), FORM)
    assert table.field_names == ()
    assert sum(len(b.rows) for b in table.batches()) == 0
    assert len(table.head().rows) == 0


def test_a_bare_list_needs_no_form(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\n [" + json.dumps({"a": 1}) + "]")
    [table] = open_tables(path)
    assert table.cell(1, 0) == "1"
