"""The JSON reader: pages together are one table, values stand as written."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

from connectors.confined import json_records as confined
from connectors.confined import json_text
from connectors.confined.child import Frames
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
        {**blank, "id": "3", "note": "Zoë", "ok": "true", "more": '{"a": [1]}'},
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


def only(path: Path, form: Json | None = None) -> list[dict[str, str | None]]:
    [table] = open_tables(path, form)
    names = table.field_names or ()
    return [
        dict(zip(names, cells.values(), strict=True))
        for batch in table.batches()
        for cells in batch.table.to_pylist()
    ]


def test_numbers_stand_as_they_are_written(tmp_path: Path) -> None:
    numbers = [
        *("1.50", "1E10", "1e-7", "-0", "0.10", "12345678901234567890", "1E400"),
        *("NaN", "-Infinity"),
    ]
    path = tmp_path / "a.json"
    records = [f'{{"a": {one}, "b": {{"c": [{one}, "x", true, null]}}}}' for one in numbers]
    path.write_text(f"[{', '.join(records)}]")
    assert only(path) == [{"a": one, "b": f'{{"c": [{one}, "x", true, null]}}'} for one in numbers]


def test_fields_are_taken_by_their_paths(tmp_path: Path) -> None:
    form = Json(
        format="json",
        records="data.items",
        fields={"who": "supplier.names[0]", "more": "supplier", "gone": "x.y[3]"},
    )
    path = tmp_path / "a.json"
    path.write_text(page('[{"supplier": {"names": ["A Ltd", 2]}}, {"x": {"y": 3}}, {}]'))
    blank = dict.fromkeys(("who", "more", "gone"))
    assert only(path, form) == [
        {**blank, "who": "A Ltd", "more": '{"names": ["A Ltd", 2]}'},
        blank,
        blank,
    ]


@pytest.mark.parametrize("path", [".a", "a..b", "a[x]", "a[", "a."])
def test_what_is_no_path_is_refused_in_the_declaration(path: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        Json(format="json", fields={"a": path})
    with pytest.raises(ValueError, match="no path"):
        Json(format="json", records=path)


def test_the_only_list_of_records_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"meta": {"tags": [1]}, "data": {"items": [{"a": 1, "in": [{"b": 2}]}]}}')
    assert only(path) == [{"a": "1", "in": '[{"b": 2}]'}]
    path.write_text('{"one": [{"a": 1}], "two": [{"a": 1}]}')
    with pytest.raises(Unreadable, match="'one', 'two'"):
        only(path)
    path.write_text('{"a": 1}')
    with pytest.raises(Unreadable, match="no list of records"):
        only(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_marks_of_encodings_are_stepped_over(tmp_path: Path, encoding: str) -> None:
    text = '[{"a": "Zoë"}]'
    path = tmp_path / "a.json"
    path.write_bytes(("\ufeff" + text if encoding == "utf-16-be" else text).encode(encoding))
    assert only(path) == [{"a": "Zoë"}]


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes('[{"a": "Zoë"}]'.encode("cp1252"))
    with pytest.raises(Unreadable) as refusal:
        only(path)
    assert refusal.value.code == "encoding-wrong"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"a": 1},\n {"a": 2},\n {"a" 3}]', "line 3, column 7"),
        ('[{"a": 1}] x', "Extra data at line 1, column 12"),
        ('[{"a": 1}\n{"a": 2}]', "line 2, column 1"),
        ('{"data": [{"a": 1}], "data": []}', "same key twice"),
        ('[{"a": "b\n"}]', "control character"),
        ('[{"a": 01}]', "line 1, column 9"),
    ],
)
def test_damage_is_located(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    form = Json(format="json", records="data" if content.startswith("{") else None)
    with pytest.raises(Unreadable, match=said) as refusal:
        only(path, form)
    assert refusal.value.code == "json-damaged"


def parsed_here(path: Path, records: str) -> list[bytes]:
    """Frames of the parser, run in this process: a child for every example takes too long."""
    sink = io.BytesIO()
    request = {
        "file": path.name,
        "pages": [[str(path), path.name]],
        "records": records.split(".") if records else [],
        "fields": {},
        "lines": False,
    }
    confined.send(request, Frames(sink))
    return sink.getvalue().split(b"\n")


def test_a_cut_anywhere_is_noticed(tmp_path: Path) -> None:
    whole = r'{"x": [[1, {"a": {}}], "\u00e9\""], "data": [{"a": "b\n", "n": -1.5e3}], "z": true}'
    path = tmp_path / "a.json"
    for size in range(1, len(whole)):
        path.write_text(whole[:size])
        with pytest.raises(Unreadable) as refusal:
            parsed_here(path, "data")
        assert refusal.value.code == "json-damaged"
    path.write_text(whole)
    assert parsed_here(path, "data")


@pytest.mark.parametrize("block", [1, 2, 3, 7])
def test_values_that_lie_across_blocks_are_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(json_text, "_BLOCK", block)
    path = tmp_path / "a.json"
    path.write_text(
        r'{"s": "é", "n": [12, 3.5, -1.5e-7, NaN, {"a": 1}], '
        r'"r": [{"a": 123}, {"b": "\ud83d\ude00"}]}'
    )
    seen: dict[str, list[object]] = {}
    text = json_text.JsonText(str(path), "a.json")
    for key in text.members():
        if key == "s":
            text.skip()
        else:
            seen[key] = [value for value, _ in text.items()]
    text.end()
    text.close()
    assert seen["n"] == ["12", "3.5", "-1.5e-7", "NaN", {"a": "1"}]
    assert seen["r"] == [{"a": "123"}, {"b": "\U0001f600"}]


def test_too_many_names_are_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{f"key {i} {j}": 1 for j in range(100)} for i in range(100)]))
    with pytest.raises(Unreadable, match="Declare the fields") as refusal:
        only(path)
    assert refusal.value.code == "file-too-demanding"


def test_a_long_list_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"n": n, "text": "x" * 20} for n in range(120_000)]))
    [table] = open_tables(path)
    batches = list(table.batches())
    assert len(batches) > 1
    assert sum(len(batch.rows) for batch in batches) == 120_000
    assert table.cell(119_999, 0) == "119998"
