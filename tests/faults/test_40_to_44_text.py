"""Cases 40 to 44 for delimited and fixed-width text and records of COBOL programs: what cannot be
read right is refused or reported with its row, and never guessed or merged with its neighbour."""

import resource
from pathlib import Path

import pytest

from connectors.read import SourceTable, Unreadable, open_tables
from contracts.file_forms import Copybook, Delimited, FileForm, FixedWidth

FIXED = FixedWidth.model_validate(
    {
        "format": "fixed-width",
        "encoding": "utf-8",
        "fields": [{"name": "id", "start": 1, "length": 2}, {"name": "b", "start": 3, "length": 5}],
    }
)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "delivery.txt"
    path.write_bytes(content)
    return path


def read(
    table: SourceTable, header_row: int | None = None
) -> tuple[list[tuple[int, list[str | None]]], list[tuple[int, str]]]:
    """(row, cells) of every record, and what is wrong with them."""
    found: list[tuple[int, list[str | None]]] = []
    wrong: list[tuple[int, str]] = []
    for batch in table.batches(header_row=header_row):
        columns = [column.to_pylist() for column in batch.table.columns]
        found += [(row, list(cells)) for row, *cells in zip(batch.rows.tolist(), *columns)]  # noqa: B905
        wrong += batch.problems
    return found, wrong


def by_copybook(folder: Path, text: str, content: bytes, encoding: str) -> SourceTable:
    (folder / "a.cpy").write_text(f"       {text}\n")
    form = Copybook(format="copybook", copybook="a.cpy", encoding=encoding).looking_in(folder)
    [table] = open_tables(write(folder, content), form)
    return table


@pytest.mark.parametrize(
    ("start", "form"),
    [
        (b"id,note\n1,", Delimited()),
        (b'id,note\n1,"', Delimited()),
        (b"id||note\n1||", Delimited(delimiter="||")),
        (b"id,note\n1,", Delimited(delimiter=",", line_end="\x1e")),
        (b"01", FIXED),
    ],
)
def test_40_a_cell_of_100_mb_is_refused_clearly(
    tmp_path: Path, start: bytes, form: FileForm
) -> None:
    path = write(tmp_path, start)
    with path.open("ab") as content:
        for _ in range(100):
            content.write(b"x" * (1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Unreadable, match=r"delivery.txt: record \d is over 64 MB long") as refusal:
        read(open_tables(path, form)[0])
    assert refusal.value.code == "record-too-long"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 512 << 10, f"{grown >> 10} MB more"


@pytest.mark.parametrize(("form", "mark"), [(Delimited(), ","), (Delimited(delimiter="||"), "||")])
def test_40_a_field_of_200_kb_keeps_its_row_out(tmp_path: Path, form: Delimited, mark: str) -> None:
    lines = [f"id{mark}note", f"1{mark}x", f"2{mark}{'y' * 200_000}", f"3{mark}z"]
    found, wrong = read(open_tables(write(tmp_path, "\n".join(lines).encode()), form)[0])
    assert wrong == [(3, "value-too-long")]
    assert (found[1], found[3]) == ((2, ["1", "x"]), (4, ["3", "z"]))


UNFIT = {
    "NUL": b"\0",
    "lone surrogate": b"\xed\xa0\x80",
    "bidi control": "\u202e".encode(),
    "bidi isolate": "\u2067".encode(),
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
@pytest.mark.parametrize(
    ("form", "first"),
    [
        (Delimited(delimiter=","), b"id,note\n"),
        (Delimited(delimiter="||"), b"id||note\n"),
        (Delimited(delimiter=",", quote="none", line_end="\n"), b"id,note\n"),
        (FIXED, b"idnote \n"),
    ],
)
def test_41_characters_text_cannot_hold_are_quarantined(
    tmp_path: Path, unfit: bytes, form: FileForm, first: bytes
) -> None:
    mark = form.delimiter.encode() if isinstance(form, Delimited) and form.delimiter else b""
    lines = [first, b"01" + mark + b"fine\n", b"02" + mark + unfit + b"x\n", b"03" + mark + b"y\n"]
    found, wrong = read(open_tables(write(tmp_path, b"".join(lines)), form)[0])
    assert [one for one in wrong if one[1] != "record-length-wrong"] == [(3, "control-character")]
    assert [cells[0] for _, cells in found] == ["id", "01", "02", "03"]
    assert "\0" not in str(found) and not any("\ud800" in (c or "") for _, r in found for c in r)


def test_41_a_lone_surrogate_in_utf_16_keeps_its_row_out(tmp_path: Path) -> None:
    text = "id,note\n1,a\ud800b\n2,c\n".encode("utf-16-le", "surrogatepass")
    found, wrong = read(open_tables(write(tmp_path, b"\xff\xfe" + text))[0])
    assert wrong == [(2, "control-character")]
    assert found[2] == (3, ["2", "c"])


def test_41_low_values_in_a_record_are_quarantined(tmp_path: Path) -> None:
    content = "ab1".encode("cp037") + b"\xc1\0\xf1" + b"\0\0\0" + "cd2".encode("cp037")
    found, wrong = read(by_copybook(tmp_path, "01 R. 05 A PIC XX. 05 B PIC 9.", content, "cp037"))
    assert wrong == [
        (2, "control-character"),
        (3, "low-or-high-values"),
        (3, "number-not-cobol"),
    ]
    assert found[3] == (4, ["cd", "2"])


@pytest.mark.parametrize(
    ("content", "form", "code"),
    [
        ("a,b\n1,£\n".encode("cp1252"), Delimited(encoding="utf-8"), "encoding-wrong"),
        ("a,b\n1,£\n".encode("utf-16"), Delimited(encoding="utf-8"), "encoding-wrong"),
        (b"a,b\n1,\x81\n", Delimited(encoding="cp1252"), "encoding-wrong"),
        ("a,é\n".encode() + "1,£\n".encode("cp1252"), Delimited(), "encoding-mixed"),
        (b"\xef\xbb\xbfa,b\n1,\xa3\n", Delimited(), "encoding-wrong"),
        (b"a,b\n1,2\n", Delimited(encoding="utf-9"), "encoding-unknown"),
        (b"a,b\n1,2\n", Delimited(encoding="base64"), "encoding-unknown"),
        ("01£\n".encode("cp1252"), FIXED, "encoding-wrong"),
        ("Anne Smith, Northmoor\x85".encode("cp1047") * 9, None, "file-kind-unknown"),
    ],
)
def test_42_bytes_are_as_declared_or_proved_or_the_file_is_refused(
    tmp_path: Path, content: bytes, form: FileForm | None, code: str
) -> None:
    with pytest.raises(Unreadable, match=r"delivery\.txt") as refusal:
        read(open_tables(write(tmp_path, content), form)[0])
    assert refusal.value.code == code


def test_42_what_may_be_one_code_page_or_another_keeps_its_row_out(tmp_path: Path) -> None:
    found, wrong = read(open_tables(write(tmp_path, b"a,b\n1,x \xd5 y\n2,z\n"))[0])
    assert wrong == [(2, "encoding-undecided")]
    assert found[2] == (3, ["2", "z"])


def test_42_the_wrong_code_page_of_a_mainframe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no text in cp037") as refusal:
        by_copybook(tmp_path, "01 R. 05 A PIC X(9).", b"Northmoor" * 9, "cp037")
    assert refusal.value.code == "encoding-wrong"


WRITTEN = ["007", "1E10", "12345678901234567890", "1.50", "-0", "0x1F", "1,5", "TRUE", "3/4"]


@pytest.mark.parametrize("mark", ["\t", "||", "\x01"])
def test_43_digits_are_as_written(tmp_path: Path, mark: str) -> None:
    content = f"{mark.join(f'c{i}' for i in range(9))}\n{mark.join(WRITTEN)}\n".encode()
    found, wrong = read(open_tables(write(tmp_path, content), Delimited(delimiter=mark))[0])
    assert (found[1], wrong) == ((2, WRITTEN), [])


def test_43_digits_are_as_written_in_records(tmp_path: Path) -> None:
    content = "00701234567890123456789".encode("cp037") + bytes.fromhex("000012345F")
    text = "01 R. 05 A PIC 9(3). 05 B PIC X(20). 05 C PIC 9(9) COMP-3."
    found, _ = read(by_copybook(tmp_path, text, content, "cp037"))
    assert found == [(1, ["007", "01234567890123456789", "000012345"])]


@pytest.mark.parametrize("mark", [",", "||"])
def test_44_a_broken_row_is_located_and_keeps_to_itself(tmp_path: Path, mark: str) -> None:
    lines = [
        mark.join(cells)
        for cells in (
            ["id", "note", "sum"],
            ["1", '"two\nlines"', "5"],
            ["2", '"open', "6"],
            ["3", "short"],
            ["4", "fine", "8"],
            ["5", "long", "9", "more"],
            ["6", "fine", "10"],
        )
    ]
    content = ("\n".join(lines) + "\n").encode()
    [table] = open_tables(write(tmp_path, content), Delimited(delimiter=mark))
    found, wrong = read(table, header_row=1)
    assert sorted(wrong) == [
        (3, "unbalanced-quote"),
        (4, "ragged-row"),
        (6, "ragged-row-excess"),
    ]
    cells = [cells for _, cells in found]
    assert cells[1][:3] == ["1", "two\nlines", "5"]
    assert cells[2][:3] == ["2", '"open', "6"]
    assert cells[4][:3] == ["4", "fine", "8"]
    assert cells[6][:3] == ["6", "fine", "10"]
