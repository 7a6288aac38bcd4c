"""Encodings are proved from bytes or refused, never guessed."""

from pathlib import Path

import pytest

from connectors.read import Unreadable, open_tables
from connectors.read.text import encoding
from connectors.read.text.encoding import declared_encoding, prove_encoding


def write(folder: Path, content: bytes) -> Path:
    path = folder / "a.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain", "ascii"),
        ("Zoë £1", "utf-8"),
        ("O’Brien", "cp1252"),
        ("CHILDREN’S", "cp1252"),
        ("Café Nero", "cp1252"),
        ("École", "cp1252"),
        ("2012 – 2013", "cp1252"),
        ("€1,000", "cp1252"),
        ("Amount (£)", "cp1252"),
        ("over £25k", "cp1252"),
        ("“quoted”", "cp1252"),
        ("20°C", "cp1252"),
        ("Café Nero", "cp850"),
        ("Müller", "cp850"),
        ("Renée", "cp850"),
        ("£1,000", "cp850"),
        ("Amount (£)", "cp850"),
        ("ÉCOLE", "cp850"),
        ("Raúl", "cp850"),
    ],
)
def test_what_the_bytes_prove(tmp_path: Path, text: str, encoding: str) -> None:
    path = write(tmp_path, f"name,sum\n1,{text},2\n".encode(encoding))
    assert prove_encoding(path, "a.csv").name == encoding


def test_old_macintosh_files_are_told_by_their_line_ends_too(tmp_path: Path) -> None:
    text = "name,sum\rCafé Nero,2\rZoë,3\r"
    assert prove_encoding(write(tmp_path, text.encode("mac_roman")), "a").name == "mac_roman"
    assert prove_encoding(write(tmp_path, text.encode("cp1252")), "a").name == "cp1252"


@pytest.mark.parametrize("content", [b"a,b\n1,2\n3,SCHR\xd6DER\n", b"a,b\n1,2\n3,foo\x97bar\n"])
def test_what_could_be_either_is_told_with_byte_line_and_remedy(
    tmp_path: Path, content: bytes
) -> None:
    found = prove_encoding(write(tmp_path, content), "a.csv")
    byte = next(b for b in content if b >= 0x80)
    assert found.undecided == bytes([byte]).decode(found.name)
    assert f"0x{byte:02X} in line 3" in found.doubt
    assert "Declare the encoding" in found.doubt
    assert "SCHR" not in found.doubt


def test_rows_whose_characters_nothing_decides_are_reported_and_no_others(tmp_path: Path) -> None:
    content = b"a,b,c\n1,SCHR\xd6DER,x\n2,plain,x\n3,plain,FR\xd6G\n"
    (table,) = open_tables(write(tmp_path, content), None)
    problems = [problem for batch in table.batches() for problem in batch.problems]
    assert problems == [(2, "encoding-undecided"), (4, "encoding-undecided")]
    read = [problem for batch in table.batches(columns=[0, 1]) for problem in batch.problems]
    assert read == [(2, "encoding-undecided")], "a column that is not read does no harm"
    assert any("0xD6" in note for note in table.notes)


def test_a_byte_that_no_code_page_has_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "_CODE_PAGES", ("cp1252",))
    monkeypatch.setattr(encoding, "_LAST_RESORT", ())
    with pytest.raises(Unreadable) as refusal:
        prove_encoding(write(tmp_path, b"a\n1\x81\n"), "a.csv")
    assert refusal.value.code == "encoding-undecided"
    assert "0x81 in line 2" in refusal.value.message


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'a,b\n"nightclubs",\xb7\xa0\xa0\xa0 Small hotels\n', "cp1252"),  # bullet of a list
        (b"a,b\n1,Devine D\xe9cor Ltd\n", "cp1252"),
        (b"a,b\n1,Clinic \xd0 North\n", "mac_roman"),  # a dash, and nonsense elsewhere
    ],
)
def test_what_reads_well_under_one_code_page_only_is_that(
    tmp_path: Path, content: bytes, name: str
) -> None:
    found = prove_encoding(write(tmp_path, content), "a.csv")
    assert (found.name, found.undecided) == (name, "")


def test_other_evidence_in_the_file_decides(tmp_path: Path) -> None:
    content = b"a,b\n1,SCHR\xd6DER\n2,Caf\xe9\n3,\xa31.00\n"
    assert prove_encoding(write(tmp_path, content), "a").name == "cp1252"


def test_a_file_in_two_encodings_is_refused(tmp_path: Path) -> None:
    content = "a\nZoë\n".encode() + "Café\n".encode("cp1252")
    with pytest.raises(Unreadable, match="line 3") as refusal:
        prove_encoding(write(tmp_path, content), "a.csv")
    assert refusal.value.code == "encoding-mixed"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11])
def test_where_blocks_end_makes_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("connectors.read.text.encoding._BLOCK", size)
    mixed = write(tmp_path, "a\nZoë – x\n".encode() + "Café\n".encode("cp1252"))
    with pytest.raises(Unreadable, match="line 3") as refusal:
        prove_encoding(mixed, "a.csv")
    assert refusal.value.code == "encoding-mixed"
    for text, page in (
        ("O’Brien, Café £1", "cp1252"),
        ("Renée £2", "cp850"),
        ("Zoë–", "utf-8"),
    ):
        assert prove_encoding(write(tmp_path, text.encode(page)), "a").name == page


def test_a_mark_of_utf8_must_be_true(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="line 2") as refusal:
        prove_encoding(write(tmp_path, b"\xef\xbb\xbfa\nCaf\xe9\n"), "a.csv")
    assert refusal.value.code == "encoding-wrong"


def test_evidence_after_the_first_block_counts(tmp_path: Path) -> None:
    content = b"a,b\n" * (2 << 20) + "Zoë\n".encode()
    assert prove_encoding(write(tmp_path, content), "a").name == "utf-8"
    with pytest.raises(Unreadable):
        prove_encoding(write(tmp_path, content + b"caf\xe9,\n"), "a")


def test_a_declared_encoding_must_exist_and_agree_with_the_mark(tmp_path: Path) -> None:
    path = write(tmp_path, b"\xef\xbb\xbfa\n")
    assert declared_encoding(path, "UTF-8", "a").name == "utf-8-sig"
    for name, code in (("klingon", "encoding-unknown"), ("cp1252", "encoding-wrong")):
        with pytest.raises(Unreadable) as refusal:
            declared_encoding(path, name, "a.csv")
        assert refusal.value.code == code
