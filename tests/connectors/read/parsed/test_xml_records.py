"""The XML reader: records at a path, values as written, nothing of it lost without a word."""

import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.confined.child import Frames
from connectors.confined.xml import records as confined
from connectors.read import SourceTable, Unreadable, open_tables
from contracts.file_forms import Xml


def form(**facts: Any) -> Xml:
    return Xml.model_validate({"format": "xml", **facts})


def open_one(path: Path, content: str | bytes, declared: Xml | None = None) -> SourceTable:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    [table] = open_tables(path, declared)
    return table


def rows(table: SourceTable) -> list[dict[str, str]]:
    names = table.field_names or ()
    return [
        {n: c for n, c in zip(names, cells.values(), strict=True) if c is not None}
        for batch in table.batches()
        for cells in batch.table.to_pylist()
    ]


def problems(table: SourceTable) -> list[tuple[int, str]]:
    return sorted(one for batch in table.batches() for one in batch.problems)


def test_every_leaf_and_attribute_is_a_column(tmp_path: Path) -> None:
    table = open_one(
        tmp_path / "a.xml",
        """<payments year="2026">
          <payment id="007"><amount>1.50</amount><to code="x"><name> A &amp; B\r\nLtd </name></to>
            <phone>1</phone><phone>2</phone></payment>
          <payment id="8"><amount/><note><![CDATA[<b> & ]]>&#x20;c</note></payment>
        </payments>""",
    )
    assert (table.kind, table.header_row) == ("xml", 0)
    assert rows(table) == [
        {
            "@id": "007",
            "amount": "1.50",
            "to/@code": "x",
            "to/name": " A & B\nLtd ",
            "phone": "1",
            "phone[2]": "2",
        },
        {"@id": "8", "amount": "", "note": "<b> &  c"},
    ]
    assert table.field_names is not None
    assert table.place(1, table.field_names.index("to/name")) == (
        "a.xml",
        None,
        "record 1, to/name",
    )
    assert table.places["pages"] == [["a.xml", 2]]
    assert problems(table) == []


def test_declared_fields_are_found_by_their_paths(tmp_path: Path) -> None:
    content = """<?xml version="1.0"?>
    <c:census xmlns:c="urn:census" xmlns="urn:other" year="2026"><head><made>May</made></head>
      <school code="S1"><name>First</name>
        <pupil><id>1</id><id xmlns="urn:third">t</id><tel>a</tel><tel>b</tel>own<b>!</b></pupil>
        <pupil><id>2</id></pupil></school>
      <school code="S2"><pupil><id>3</id><tel/></pupil></school>
    </c:census>"""
    declared = form(
        records="c:census/school/pupil",
        namespaces={"c": "urn:census", "o": "urn:other"},
        fields={
            "id": "o:id",
            "tel": {"path": "tel", "join": ", "},
            "second": "tel[2]",
            "own": "text()",
            "school": "../@code",
            "name": "../name",
            "year": "../../@year",
            "made": "../../head/made",
        },
    )
    table = open_one(tmp_path / "a.xml", content, declared)
    first = {"id": "1", "tel": "a, b", "second": "b", "own": "own", "school": "S1"}
    of_all = {"year": "2026", "made": "May"}
    found = [{k: v for k, v in one.items() if v.strip()} for one in rows(table)]
    assert found == [
        {**first, "name": "First", **of_all},
        {"id": "2", "school": "S1", "name": "First", **of_all},
        {"id": "3", "school": "S2", **of_all},
    ]
    assert problems(table) == []


def test_several_where_one_is_read_are_reported_and_so_is_mixed_content(tmp_path: Path) -> None:
    content = (
        "<r><p><t>a</t><t>b</t></p><p><t>c</t></p><p><t>x <b>y</b> z</t></p>"
        "<p><s><t>1</t></s><s><t>2</t></s></p></r>"
    )
    declared = form(records="r/p", fields={"t": "t", "s": "s/t"})
    table = open_one(tmp_path / "a.xml", content, declared)
    assert rows(table) == [{"t": "a"}, {"t": "c"}, {"t": "x y z"}, {"s": "1"}]
    assert problems(table) == [
        (1, "element-repeated"),
        (3, "mixed-content"),
        (4, "element-repeated"),
    ]
    table = open_one(tmp_path / "a.xml", "<r><p>x<b>y</b>z</p><p><b/></p></r>")
    assert rows(table) == [{"b": "y", "text()": "xz"}, {"b": ""}]
    assert problems(table) == [(1, "mixed-content")]


def test_what_stands_behind_its_records_is_refused(tmp_path: Path) -> None:
    content = "<r><g><p><a>1</a></p><code>X</code></g><g><code>Y</code><p/></g></r>"
    declared = form(records="r/g/p", fields={"code": "../code"})
    with pytest.raises(Unreadable, match="behind a record"):
        open_one(tmp_path / "a.xml", content, declared)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<r><a><x>1</x></a><a><x>1</x></a><b k='1'/><b k='2'/></r>", r"r/[ab] \(2\), r/[ab]"),
        ("<r><a><x k='1'/><x k='2'/></a><a/></r>", r"r/a \(2\), r/a/x \(2\)"),
        ("<r><a><x>1</x></a></r>", "no element that repeats"),
    ],
)
def test_records_that_are_not_clear_are_to_be_declared(
    tmp_path: Path, content: str, said: str
) -> None:
    with pytest.raises(Unreadable, match=said) as refusal:
        open_one(tmp_path / "a.xml", content)
    assert refusal.value.code == "xml-without-records"
    assert "records: " in refusal.value.message


def test_one_leaf_that_repeats_is_the_record(tmp_path: Path) -> None:
    table = open_one(tmp_path / "a.xml", "<codes><list><c>01</c><c>02</c></list></codes>")
    assert rows(table) == [{"text()": "01"}, {"text()": "02"}]


def test_a_path_where_nothing_is_says_what_there_is(tmp_path: Path) -> None:
    for path, spaces in (("r/q", {}), ("n:r/p", {"n": "urn:n"})):
        with pytest.raises(Unreadable, match=r"r/p \(2\)") as refusal:
            open_one(tmp_path / "a.xml", "<r><p/><p/></r>", form(records=path, namespaces=spaces))
        assert refusal.value.code == "xml-without-records"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings_are_as_the_prolog_says(tmp_path: Path, encoding: str) -> None:
    said = encoding.removesuffix("-sig")
    sign = "£" if encoding == "iso-8859-1" else "€"
    text = f'<?xml version="1.0" encoding="{said}"?><r><p a="é"/><p a="{sign}"/></r>'
    table = open_one(tmp_path / "a.xml", text.encode(encoding))
    assert rows(table) == [{"@a": "é"}, {"@a": sign}]


def test_an_encoding_that_is_not_that_said_is_refused_or_declared(tmp_path: Path) -> None:
    content = "<r><p>é</p><p/></r>".encode("cp1252")
    with pytest.raises(Unreadable, match="line 1, column 7") as refusal:
        open_one(tmp_path / "a.xml", content)
    assert refusal.value.code == "xml-damaged"
    declared = form(records="r/p", encoding="windows-1252")
    assert rows(open_one(tmp_path / "a.xml", content, declared))[0] == {"text()": "é"}
    for name in ("shift_jis", "nonsense"):
        unknown = f'<?xml version="1.0" encoding="{name}"?><r><p/><p/></r>'.encode()
        with pytest.raises(Unreadable) as refusal:
            open_one(tmp_path / "a.xml", unknown)
        assert refusal.value.code in ("encoding-unknown", "xml-damaged")


@pytest.mark.parametrize(
    "facts",
    [
        {"records": "a//b"},
        {"records": "a/b[2]"},
        {"records": "n:a/b"},
        {"fields": {"x": "y"}},
        {"records": "a/b", "fields": {"x": "y z"}},
        {"records": "a/b", "fields": {"x": "@y/z"}},
        {"records": "a/b", "fields": {"x": "../../@y"}},
        {"records": "a/b", "fields": {"x": "n:y"}},
        {"records": "a/b", "fields": {"x": {"path": "y", "how": "z"}}},
    ],
)
def test_paths_are_checked_where_they_are_declared(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        form(**facts)


def here(path: Path, records: str | None, declared: Xml | None = None) -> list[dict[str, Any]]:
    """Facts sent by the parser, run in this process: a child for every example takes too long."""
    from connectors.read.parsed.xml_records import _field, _name
    from contracts.file_forms.xml_records import record_steps

    declared = declared or form()
    request = {
        "path": str(path),
        "file": path.name,
        "encoding": None,
        "records": [_name(one, {}) for one in record_steps(records)] if records else None,
        "fields": {name: _field(one, {}) for name, one in declared.columns.items()},
    }
    sink = io.BytesIO()
    seen: list[dict[str, Any]] = []
    frames = Frames(sink)
    frames.send = lambda kind, payload=b"": seen.append({kind: payload})  # type: ignore[method-assign]
    confined.send(request, frames)
    return seen


def records_of(seen: list[dict[str, Any]]) -> list[dict[str, str]]:
    import pyarrow as pa

    names = json.loads(next(one["F"] for one in seen if "F" in one))["field_names"]
    found = []
    for one in seen:
        if "B" in one:
            with pa.ipc.open_stream(one["B"]) as stream:
                for cells in stream.read_all().drop_columns(["row"]).to_pylist():
                    values = zip(names, cells.values(), strict=False)
                    found.append({n: c for n, c in values if c is not None})
    return found


NAMES = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    max_size=15,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.dictionaries(NAMES, TEXTS, min_size=1), min_size=2, max_size=6),
    st.sampled_from(["utf-8", "utf-16", "us-ascii"]),
    st.booleans(),
)
def test_what_two_writers_write_is_read_again(
    tmp_path: Path, records: list[dict[str, str]], encoding: str, by_lxml: bool
) -> None:
    library: Any = etree if by_lxml else ElementTree
    root = library.Element("root")
    for record in records:
        element = library.SubElement(root, "record")
        for name, text in record.items():
            library.SubElement(element, name).text = text
            element.set(name, text)
    path = tmp_path / "a.xml"
    library.ElementTree(root).write(str(path), encoding=encoding, xml_declaration=True)
    expected = [{**{f"@{n}": t for n, t in one.items()}, **one} for one in records]
    assert records_of(here(path, "root/record")) == expected
    if len(records) > 1:
        assert records_of(here(path, None)) == expected


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    with path.open("w") as out:
        out.write("<r>\n")
        for i in range(60_000):
            out.write(f"<p><id>{i:07d}</id><name>somebody {i}</name></p>\n")
        out.write("</r>")
    [table] = open_tables(path, form(records="r/p", fields={"id": "id", "up": "../@x"}))
    assert len(list(table.batches())) > 1
    assert table.cell(60_000, 0) == "0059999"
