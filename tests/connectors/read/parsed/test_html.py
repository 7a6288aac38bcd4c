"""Tables of web pages and workbooks saved as markup, under whatever name."""

from pathlib import Path

import pytest

from connectors.read import SourceTable, Unreadable, open_tables
from contracts.file_forms import Html, Workbook


def open_all(path: Path, content: str | bytes, form: Html | None = None) -> list[SourceTable]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_tables(path, form)


def rows(table: SourceTable) -> list[list[str]]:
    return [
        [cell or "" for cell in cells.values()]
        for batch in table.batches()
        for cells in batch.table.to_pylist()
    ]


def problems(table: SourceTable) -> list[tuple[int, str]]:
    return sorted(one for batch in table.batches() for one in batch.problems)


EXCEL = """<html xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta http-equiv=Content-Type content="text/html; charset=windows-1252">
<style><!-- td {mso-number-format:"0\\.00";} table {} --></style>
<script>document.write("<table><tr><td>no</td></tr></table>")</script></head><body>
<table border=0 id=Accounts>
 <tr height=20><td class=xl24 x:str>Paid to</td><td colspan=2>Sum &amp; date</td></tr>
 <tr><td rowspan=2>Caf\xe9&nbsp;</td><td x:num="1234.5678" style='mso-number-format:"0.00"'>1,234.57
   <td>  03 /
   04 </td></tr>
 <tr style='display:none'><td>0012</td><td>&nbsp;</td></tr>
</table></body></html>"""


def test_a_page_saved_as_a_workbook_is_what_it_shows(tmp_path: Path) -> None:
    [table] = open_all(tmp_path / "a.xls", EXCEL.encode("cp1252"))
    assert (table.kind, table.sheet, table.header_row) == ("html", "Accounts", None)
    assert table.encoding == "cp1252"
    assert set(table.notes) == {"hidden-rows", "not-what-its-name-says"}
    assert rows(table) == [
        ["Paid to", "Sum & date", ""],
        ["Café\xa0", "1,234.57", "03 / 04"],
        ["", "0012", ""],
    ]
    assert problems(table) == [(3, "merged-cell")]
    assert table.place(3, 1) == ("a.xls", "Accounts", "B3")
    assert table.cell(2, 1) == "1,234.57"


def test_each_table_is_one_and_those_in_cells_too(tmp_path: Path) -> None:
    tables = open_all(
        tmp_path / "a.html",
        """<p>x</p><table><caption> Spend  by
        month</caption><thead><tr><th>m<th>s<tbody><tr><td>1<td>2
        <table id=in><tr><td>inner<tr><td>row</table>
        <tr><td>3<br>4<td><p>a</p><p>b</p></table>
        <table><tr><td>&nbsp;</table><table><td>bare<tr></tr></table>
        <table id=in><tr><td rowspan=0>all<td>1</tr><tr><td>2<tr><td>3
        <tbody><tr><td>free</table>""",
    )
    assert [(t.sheet, rows(t)) for t in tables] == [
        ("Spend by month", [["m", "s"], ["1", "2"], ["3\n4", "a\nb"]]),
        ("in", [["inner"], ["row"]]),
        ("table 4", [["bare"], [""]]),
        ("in (2)", [["all", "1"], ["", "2"], ["", "3"], ["free", ""]]),
    ]
    assert problems(tables[3]) == [(2, "merged-cell"), (3, "merged-cell")]
    assert tables[0].notes == ()


def test_tables_are_chosen_by_name(tmp_path: Path) -> None:
    content = "<table id=a><tr><td>1</table><table id=b><tr><td>2</table>"
    form = Html(format="html", tables=("b*",), header_row=1)
    [table] = open_all(tmp_path / "a.html", content, form)
    assert (table.sheet, table.header_row) == ("b", 1)
    with pytest.raises(Unreadable, match="'a', 'b'") as refusal:
        open_all(tmp_path / "a.html", content, Html(format="html", tables=("c",)))
    assert refusal.value.code == "sheet-missing"


@pytest.mark.parametrize(
    "content",
    [
        "<!DOCTYPE html><html><form><input name=password></form></html>",
        "<html><table></table><table><tr><td>&nbsp;</td></tr></table></html>",
    ],
)
def test_a_page_to_log_in_at_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(Unreadable, match="a web page without tables") as refusal:
        open_all(tmp_path / "payments.csv", content)
    assert refusal.value.code == "html-without-tables"


def test_encodings_are_said_or_proved(tmp_path: Path) -> None:
    cell = "<table><tr><td>Zoë £5</table>"
    path = tmp_path / "a.html"
    for encoding, prefix in (("utf-8", ""), ("utf-8-sig", ""), ("utf-16", "")):
        [table] = open_all(path, (prefix + cell).encode(encoding))
        assert rows(table) == [["Zoë £5"]]
    [table] = open_all(path, b"<meta charset=iso-8859-1>" + cell.encode("cp1252"))
    assert (rows(table), table.encoding) == ([["Zoë £5"]], "cp1252")
    with pytest.raises(Unreadable) as refusal:
        open_all(path, b"<meta charset=utf-8>" + cell.encode("cp1252"))
    assert refusal.value.code == "encoding-wrong"
    form = Html(format="html", encoding="cp1252")
    assert rows(open_all(path, b"<meta charset=utf-8>" + cell.encode("cp1252"), form)[0])
    with pytest.raises(Unreadable) as refusal:
        open_all(path, b"<meta charset=klingon><table><tr><td>x</table>")
    assert refusal.value.code == "encoding-unknown"


def test_characters_text_cannot_hold_are_reported(tmp_path: Path) -> None:
    content = "<table><tr><td>ok<tr><td>a\0b<tr><td>&#x202e;x<tr><td>&#0;</table><p>end"
    [table] = open_all(tmp_path / "a.html", content)
    found = [row for row, code in problems(table) if code == "control-character"]
    assert found == [2, 3]
    assert len(rows(table)) == 4


@pytest.mark.parametrize(
    "content",
    [
        "<table><tr>" + "<td colspan=1000>x" * 20,
        "<table>" + "<tr><td colspan=1000 rowspan=60000>x" * 3 + "<tr>" * 60_000,
        "<table><tr><td>" + "<div>" * 5_000 + "x",
    ],
)
def test_pages_that_would_grow_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        open_all(tmp_path / "a.html", content)
    assert refusal.value.code == "file-too-demanding"


def test_all_rows_of_a_long_page_are_there(tmp_path: Path) -> None:
    lines = "".join(f"<tr><td>{i}</td><td>{'x' * 30}</td></tr>" for i in range(40_000))
    [table] = open_all(tmp_path / "a.xls", f"<table>{lines}</table>")
    assert sum(len(batch.rows) for batch in table.batches()) == 40_000
    assert table.cell(40_000, 0) == "39999"


SPREADSHEET = """<?xml version="1.0"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel" xmlns:html="http://www.w3.org/TR/REC-html40">
 <Worksheet ss:Name="Jan "><Table><Column ss:Hidden="1"/>
  <Row ss:Index="2"><Cell ss:Index="2" ss:MergeDown="1"><Data ss:Type="String">a</Data></Cell>
   <Cell ss:MergeAcross="1"><Data ss:Type="Number">1.50</Data></Cell>
   <Cell><Data ss:Type="Boolean">1</Data><Comment><Data>no</Data></Comment></Cell></Row>
  <Row><Cell><ss:Data ss:Type="String"><html:B>b</html:B>c</ss:Data></Cell>
   <Cell ss:Index="3"><Data ss:Type="DateTime">2024-02-29T00:00:00.000</Data></Cell>
   <Cell><Data ss:Type="DateTime">2024-02-29T13:05:00.000</Data></Cell>
   <Cell ss:Formula="=R[-1]C"/></Row>
 </Table></Worksheet>
 <Worksheet ss:Name="Secret"><Table><Row><Cell><Data ss:Type="Error">#REF!</Data></Cell></Row>
  </Table><x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet>
 <Worksheet ss:Name="Empty"><Table/></Worksheet>
</Workbook>"""


def test_a_workbook_saved_as_xml_is_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_text(SPREADSHEET)
    first, secret = open_tables(path)
    assert (first.kind, first.sheet) == ("workbook", "Jan ")
    assert rows(first) == [
        ["", "", "", "", ""],
        ["", "a", "1.50", "", "TRUE"],
        ["bc", "", "2024-02-29", "2024-02-29T13:05:00", ""],
    ]
    assert problems(first) == [(3, "formula-without-value"), (3, "merged-cell")]
    assert set(first.notes) == {"hidden-columns", "not-what-its-name-says"}
    assert (rows(secret), "hidden-sheet" in secret.notes) == ([["#REF!"]], True)
    form = Workbook(format="workbook", sheets=("Jan",), hidden="skip")
    assert [table.sheet for table in open_tables(path, form)] == ["Jan "]
    with pytest.raises(Unreadable, match="Secret") as refusal:
        open_tables(path, Workbook(format="workbook", hidden="refuse"))
    assert refusal.value.code == "sheet-hidden"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('ss:Index="2">', 'ss:Index="x">'), "file-damaged"),
        (('<Row ss:Index="2">', '<Row ss:Index="99999999">'), "file-too-demanding"),
        (('<Cell ss:Index="3">', '<Cell ss:Index="0">'), "file-damaged"),
        (("<Workbook ", '<!DOCTYPE a [<!ENTITY b "c">]><Workbook '), "xml-unsafe"),
        (("</Workbook>", ""), "xml-damaged"),
    ],
)
def test_a_damaged_one_is_refused(tmp_path: Path, change: tuple[str, str], code: str) -> None:
    path = tmp_path / "a.xls"
    assert change[0] in SPREADSHEET
    path.write_text(SPREADSHEET.replace(*change))
    with pytest.raises(Unreadable) as refusal:
        open_tables(path, Workbook(format="workbook"))
    assert refusal.value.code == code
