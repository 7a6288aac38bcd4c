"""A feed whose records a copybook describes: what is wrong is said in the feed's file, with line
and column, and with those of the copybook."""

from pathlib import Path
from typing import Any

import pytest

from contracts.file_forms import Copybook
from contracts.file_forms.encodings import is_ebcdic, is_encoding

FEED = "feeds/northmoor/fines.yml"
BOOK = """\
       01  FINE.
           05  KIND      PIC X.
           05  DAY-PAID  PIC 9(8).
           05  DAY-PARTS REDEFINES DAY-PAID.
               10  Y     PIC 9(4).
           05  FINE-SUM  PIC S9(5)V99 COMP-3.
"""
FORM = """\
  format: copybook
  copybook: northmoor/fines.cpy
  encoding: cp285
"""


@pytest.fixture
def declared(folder: Any) -> Any:
    """The folder of declarations, its feed by a copybook."""
    folder.change(FEED, "  format: delimited\n", FORM)
    folder.change(FEED, "Fine £", "FINE-SUM")
    folder.write("copybooks/northmoor/fines.cpy", BOOK)
    return folder


def test_a_sound_copybook_is_found_in_the_folder_of_the_feed(declared: Any) -> None:
    assert declared.broken() == []
    form = declared.load().feeds["northmoor/fines"].file
    assert isinstance(form, Copybook)
    assert form.shape().columns == ("KIND", "DAY-PAID", "FINE-SUM")
    assert form.shape().widest.size == 13


def test_a_missing_copybook_breaks_the_feed(declared: Any) -> None:
    (declared.root / "copybooks/northmoor/fines.cpy").unlink()
    [wrong] = declared.broken()
    assert wrong.startswith(f"{FEED}, line 10, column 13: copybooks/northmoor/fines.cpy, line 1")
    assert "there is no such file" in wrong
    assert "northmoor/fines" not in declared.load().feeds


def test_a_broken_copybook_breaks_the_feed_with_its_own_line_and_column(declared: Any) -> None:
    declared.change("copybooks/northmoor/fines.cpy", "PIC 9(8).", "PIC 9(8)")
    [wrong] = declared.broken()
    assert wrong.startswith(
        f"{FEED}, line 10, column 13: copybooks/northmoor/fines.cpy, line 4, column 12: 05 is no"
    )


@pytest.mark.parametrize(
    ("words", "place", "said"),
    [
        ("  record: OTHER\n", (10, 13), "say which record is read"),
        ("  encoding: cp999\n", (11, 3), "there is no encoding 'cp999'"),
        ("  records: lines\n", (12, 3), "FINE-SUM is binary or packed"),
        ("  record_length: 9\n", (12, 3), "take 13 bytes"),
        ("  types: {field: SORT, read: [A]}\n", (12, 11), "no field SORT; there are KIND"),
        ("  types: {field: KIND, read: [A], leave_out: [A]}\n", (12, 3), "type A cannot both"),
        ("  redefines:\n    FINE-SUM: {}\n", (13, 5), "redefines nothing"),
        ("  redefines:\n    DAY-PARTS: {when: {SORT: A}}\n", (13, 24), "no field SORT"),
    ],
)
def test_what_the_copybook_does_not_bear_out_is_said_at_its_place(
    declared: Any, words: str, place: tuple[int, int], said: str
) -> None:
    old = "  encoding: cp285\n"
    declared.change(FEED, old, words if "encoding" in words else old + words)
    [wrong] = declared.broken()
    assert wrong.startswith(f"{FEED}, line {place[0]}, column {place[1]}: ")
    assert said in wrong


def test_a_header_that_is_no_field_is_said_at_its_place(declared: Any) -> None:
    declared.change(FEED, "header: FINE-SUM", "header: FINE-AMOUNT")
    [wrong] = declared.broken()
    assert "amount: the copybook has no field 'FINE-AMOUNT'; it has DAY-PAID, FINE-SUM" in wrong


@pytest.mark.parametrize("name", ["../fines.cpy", "/etc/passwd"])
def test_a_copybook_is_below_its_folder(declared: Any, name: str) -> None:
    declared.change(FEED, "northmoor/fines.cpy", name)
    [wrong] = declared.broken()
    assert "name a file below copybooks/" in wrong


def test_a_form_may_look_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a.cpy").write_text(BOOK)
    form = Copybook(format="copybook", copybook="a.cpy", encoding="cp037")
    found = form.looking_in(tmp_path)
    assert found.shape().columns == ("KIND", "DAY-PAID", "FINE-SUM")
    assert found.model_dump() == form.model_dump()


def test_encodings() -> None:
    assert [is_ebcdic(name) for name in ("cp037", "cp1047", "cp285", "cp1146")] == [True] * 4
    assert not any(is_ebcdic(name) for name in ("ascii", "cp1252", "utf-16", "utf-8"))
    assert is_encoding("cp1047") and is_encoding("utf-16")
    assert not is_encoding("base64") and not is_encoding("klingon")
