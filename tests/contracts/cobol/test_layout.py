"""Copybooks: where the fields of a record are, and what is wrong with a copybook that is broken."""

import pytest

from contracts.cobol import BadCopybook, Layout, Shape, read_copybook


def shape(text: str, **facts: object) -> Shape:
    record = read_copybook(text).record(None)
    assert record is not None
    return Shape(record, **facts)  # type: ignore[arg-type]


def places(layout: Layout) -> list[tuple[str, int, int]]:
    return [(one.name, one.start, one.size) for one in layout.fields]


def fixed(*lines: str) -> str:
    return "".join(f"       {line}\n" for line in lines)


def test_slack_bytes_are_those_of_the_example_in_ibms_manual() -> None:
    """Enterprise COBOL Language Reference, slack bytes between records: two bytes before COMP-PAY,
    two after COMP-NAME in every occurrence."""
    text = fixed(
        "01  WORK-RECORD.",
        "    05  WORK-CODE     PICTURE X.",
        "    05  COMP-TABLE OCCURS 10 TIMES.",
        "        10  COMP-TYPE     PICTURE X.",
        "        10  COMP-PAY PICTURE S9(4)V99 COMP SYNC.",
        "        10  COMP-HOURS PICTURE S9(3) COMP SYNC.",
        "        10  COMP-NAME PICTURE X(5).",
    )
    found = shape(text).widest
    assert places(found)[:6] == [
        ("WORK-CODE", 0, 1),
        ("COMP-TYPE(1)", 1, 1),
        ("COMP-PAY(1)", 4, 4),
        ("COMP-HOURS(1)", 8, 2),
        ("COMP-NAME(1)", 10, 5),
        ("COMP-TYPE(2)", 17, 1),
    ]
    assert found.size == 1 + 10 * 16


@pytest.mark.parametrize(
    ("clause", "size", "storage"),
    [
        ("PIC X(7)", 7, "text"),
        ("PIC A(3)B9", 5, "text"),
        ("PIC N(4)", 8, "national"),
        ("PIC ZZZ,ZZ9.99CR", 12, "edited"),
        ("PIC +9(3).9", 6, "edited"),
        ("PIC 9(5)V99", 7, "zoned"),
        ("PIC S9(5)V99", 7, "zoned"),
        ("PIC S9(5)V99 SIGN TRAILING SEPARATE", 8, "zoned"),
        ("PIC 9(5) LEADING SEPARATE", 5, "zoned"),
        ("PIC S9(5)V99 COMP-3", 4, "packed"),
        ("PIC S9(6) USAGE IS PACKED-DECIMAL", 4, "packed"),
        ("PIC S9(4) COMP", 2, "binary"),
        ("PIC S9(4)V9 BINARY", 4, "binary"),
        ("PIC 9(10) COMPUTATIONAL-4", 8, "binary"),
        ("PIC 9(9) COMP-5", 4, "native"),
        ("COMP-1", 4, "float"),
        ("USAGE COMPUTATIONAL-2", 8, "double"),
        ("VALUE 'A. B' PIC X(3)", 3, "text"),
        ("PIC 99 VALUES ARE 1 THRU 5, 7 COMP", 2, "binary"),
    ],
)
def test_how_much_room_a_field_takes(clause: str, size: int, storage: str) -> None:
    [field] = shape(fixed(f"01 R. 05 F {clause}.")).widest.fields
    assert (field.size, field.storage) == (size, storage)


@pytest.mark.parametrize(
    ("picture", "digits", "scale", "signed"),
    [
        ("9(5)V99", 7, 2, False),
        ("S99V9(3)", 5, 3, True),
        ("SV999", 3, 3, True),
        ("9(3)PPP", 3, -3, False),
        ("VPP9(3)", 3, 5, False),
        ("PP99", 2, 4, False),
        ("9", 1, 0, False),
    ],
)
def test_digits_and_decimals_of_a_picture(
    picture: str, digits: int, scale: int, signed: bool
) -> None:
    [field] = shape(fixed(f"01 R. 05 F PIC {picture}.")).widest.fields
    assert (field.digits, field.scale, field.signed) == (digits, scale, signed)


REDEFINED = fixed(
    "01  R.",
    "    05  KIND  PIC X.",
    "    05  PAYER.",
    "        10  NAME  PIC X(6).",
    "        10  CODE-NO  PIC 9(4).",
    "    05  FILLER REDEFINES PAYER.",
    "        10  FIRST-4 PIC X(4).",
    "        10  NAME  PIC X(9).",
    "    05  LAST-X  PIC X.",
)


def test_redefinitions_become_columns_only_where_they_are_asked_for() -> None:
    plain = shape(REDEFINED)
    assert plain.unread == (("PAYER/2", "PAYER"),)
    assert places(plain.widest) == [
        ("KIND", 0, 1),
        ("PAYER.NAME", 1, 6),
        ("CODE-NO", 7, 4),
        # The second description is longer than the first, and has its room.
        ("LAST-X", 14, 1),
    ]
    both = shape(REDEFINED, also={"PAYER/2"})
    assert [(one.name, one.start, one.needs) for one in both.widest.fields] == [
        ("KIND", 0, ()),
        ("PAYER.NAME", 1, ("PAYER",)),
        ("CODE-NO", 7, ("PAYER",)),
        ("FIRST-4", 1, ("PAYER/2",)),
        ("R.NAME", 5, ("PAYER/2",)),
        ("LAST-X", 14, ()),
    ]


VARYING = fixed(
    "01  R.",
    "    05  N  PIC 9.",
    "    05  M  PIC 9 COMP-3.",
    "    05  A OCCURS 0 TO 3 DEPENDING ON N ASCENDING KEY IS K",
    "          INDEXED BY I.",
    "        10  K PIC X.",
    "        10  L PIC X OCCURS 2.",
    "    05  B PIC XX OCCURS 1 TO 2 TIMES DEPENDING ON M OF R.",
    "    05  Z PIC X.",
)


@pytest.mark.parametrize(
    ("counts", "slide", "z", "size"),
    [((0, 1), True, 4, 5), ((3, 2), True, 15, 16), ((1, 1), False, 15, 16)],
)
def test_fields_after_tables_that_vary(
    counts: tuple[int, int], slide: bool, z: int, size: int
) -> None:
    found = shape(VARYING, slide=slide).layout(counts)
    assert (found.by_name["Z"].start, found.size) == (z, size)
    assert ("L(3,2)" in found.by_name) == (counts[0] == 3)


def test_columns_of_tables_and_which_move() -> None:
    found = shape(VARYING)
    assert found.columns[2:6] == ("K(1)", "L(1,1)", "L(1,2)", "K(2)")
    assert [one.label for one in found.counters] == ["N", "M"]
    assert [one.name for one in found.widest.fields if one.moves] == ["B(1)", "B(2)", "Z"]


def test_lines_in_both_formats() -> None:
    numbered = (
        "000100* A comment with PIC X. in it                                     PAY00010\n"
        "000200 01  R.                                                           PAY00020\n"
        "000300     05  F PIC X(3) VALUE 'it''s                                   AY00030\n"
        "000400-        'over'.                                                  PAY00040\n"
        "000500     05  G PIC                                                    PAY00050\n"
        "000600         9(4). 05 H PIC X.                                        PAY00060\n"
    )
    free = "01 R. *> a comment\n  05 F pic x(3).\n05 g PIC 9(4).\n     05 h PIC X.\n"
    assert shape(numbered).columns == shape(free).columns == ("F", "G", "H")


def test_records_of_a_file_and_one_without_level_01() -> None:
    book = read_copybook(fixed("01 A. 05 X PIC X.", "01 B PIC X(80).", "77 C PIC 9."))
    assert list(book.records) == ["A", "B", "C"]
    assert book.record(None) is None
    [field] = Shape(book.records["B"]).widest.fields
    assert (field.name, field.size) == ("B", 80)
    assert shape(fixed("05 X PIC X.", "05 Y PIC 9.")).columns == ("X", "Y")


@pytest.mark.parametrize(
    ("lines", "place", "said"),
    [
        (["01 R.", "   COPY OTHER."], (2, 11), "COPY is not followed"),
        (["01 R.", "   05 F PIC X(3)"], (2, 20), "no full stop"),
        (["01 R.", "   05 F."], (2, 11), "F has no picture"),
        (["01 R.", "   05 F PIC X(0)."], (2, 20), "no picture"),
        (["01 R.", "   05 F PIC Q9."], (2, 20), "no picture"),
        (["01 R.", "   05 F PIC 9(99999999999)."], (2, 20), "no picture"),
        (["01 R.", "   05 F PIC 9 COMP-6."], (2, 22), "COMP-6 are not read"),
        (["01 R.", "   05 F PIC 9 INDEX."], (2, 22), "INDEX are not read"),
        (["01 R.", "   05 F PIC 9", "   05 G PIC X."], (3, 11), "no clause that is known"),
        (["01 R.", "   05 F PIC X COMP-3."], (2, 20), "only numbers"),
        (["01 R.", "   05 F PIC 9(19) COMP."], (2, 20), "18 digits"),
        (["01 R.", "   05 :TAG:-F PIC X."], (2, 14), "is no name"),
        (["01 R.", "   05 F PIC X.", "      10 G PIC X."], (3, 14), "stands under F"),
        (["01 R.", "   05 F REDEFINES G PIC X."], (2, 26), "there is no G"),
        (["01 R.", "   05 F PIC X.", "   05 F PIC 9."], (2, 11), "stands twice"),
        (["01 R.", "   05 F PIC X OCCURS 3 TO 2 TIMES."], (2, 36), "makes no sense"),
        (["01 R.", "   52 F PIC X."], (2, 11), "no level 52"),
        (["01 R.", "   05 F PIC X VALUE 'a."], (2, 28), "no quotation mark"),
        (["*> nothing"], (1, 1), "describes no record"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(
    lines: list[str], place: tuple[int, int], said: str
) -> None:
    with pytest.raises(BadCopybook, match=said) as error:
        read_copybook(fixed(*lines))
    assert (error.value.line, error.value.column) == place


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["05 A PIC X OCCURS 1 TO 2 DEPENDING ON N."], "no field N before"),
        (["05 N PIC X.", "05 A PIC X OCCURS 1 TO 2 DEPENDING ON N."], "whole number"),
        (["05 A OCCURS 9999. 10 B OCCURS 9. 15 C PIC X."], "over 10,000 fields"),
        (["05 A PIC X(9999999) OCCURS 9."], "over 16 MB"),
    ],
)
def test_records_that_cannot_be(lines: list[str], said: str) -> None:
    with pytest.raises(BadCopybook, match=said):
        shape(fixed("01 R.", *lines)).counters  # noqa: B018
        shape(fixed("01 R.", *lines)).widest  # noqa: B018
