"""Files written by GnuCOBOL are read as the programs say they wrote them."""

import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.read import SourceTable, open_tables
from contracts.file_forms import Copybook
from tests.connectors.read.cobol import gnucobol

pytestmark = gnucobol.needed

COPYBOOK = """\
      * Payments, as the ledger keeps them
       01  PAY-REC.
           05  SHOWN.
               10  PAY-ID        PIC 9(8).
               10  PAYEE         PIC X(12).
               10  BALANCE       PIC S9(5)V99.
               10  LEAD          PIC S9(3)V9 SIGN LEADING.
               10  LEAD-SEP      PIC S9(3)V9
                       SIGN IS LEADING SEPARATE CHARACTER.
               10  TRAIL-SEP     PIC S9(4) SIGN TRAILING SEPARATE.
               10  EDITED        PIC ZZ,ZZ9.99-.
               10  SCALED        PIC 9(3)PPP.
               10  TINY          PIC SVPP9(3).
               10  RIGHT-NAME    PIC X(8) JUSTIFIED RIGHT.
               10  MAYBE         PIC 9(4) BLANK WHEN ZERO.
               10  FLAG          PIC X.
                   88  IS-ON     VALUE 'Y' 'T'.
           05  PACKED-ODD        PIC S9(5)V99 COMP-3.
           05  PACKED-EVEN       PIC 9(6) PACKED-DECIMAL.
           05  HALF              PIC S9(4) COMP SYNC.
           05  FILLER            PIC X.
           05  WORD-S            PIC S9(7)V99 BINARY SYNCHRONIZED.
           05  FILLER            PIC X.
           05  LONG              PIC S9(15)V999 COMP SYNC.
           05  FILLER            PIC X.
           05  SINGLE            COMP-1 SYNC.
           05  FILLER            PIC X.
           05  WIDE              COMP-2 SYNC.
           05  OWN               PIC S9(9) COMP-5.
           05  NO-SIGN           PIC 9(9) USAGE IS COMP.
           05  SLOT OCCURS 3 TIMES.
               10  FILLER        PIC X.
               10  MARK          PIC 9 COMP-3 OCCURS 2.
               10  SUM-S         PIC S9(7) COMP SYNC.
           05  TAIL-NO           PIC 9(3) COMP-3.
"""
EXACT = ("PAY-ID", "PAYEE", "EDITED", "RIGHT-NAME", "FLAG", "PACKED-EVEN", "TAIL-NO")
NUMBERS = (
    *("BALANCE", "LEAD", "LEAD-SEP", "TRAIL-SEP", "SCALED", "TINY", "PACKED-ODD", "HALF", "WORD-S"),
    *("LONG", "OWN", "NO-SIGN", "SUM-S(1)", "SUM-S(3)", "MARK(2,1)", "MARK(3,2)"),
)
FLOATS = ("SINGLE", "WIDE")
NUMBER = 40

PROGRAM = """\
       IDENTIFICATION DIVISION.
       PROGRAM-ID. WRITER.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT OUT-F ASSIGN TO "out.dat" ORGANIZATION IS SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  OUT-F.
       COPY "record.cpy".
       WORKING-STORAGE SECTION.
{sets}       01  I PIC S9(9) COMP-5.
       01  J PIC S9(9) COMP-5.
       01  SGN PIC S9.
       01  AS-SEEN PIC -(19)9.9(9).
       PROCEDURE DIVISION.
           OPEN OUTPUT OUT-F
           PERFORM VARYING I FROM 1 BY 1 UNTIL I > {number}
             INITIALIZE PAY-REC
             COMPUTE SGN = 1 - 2 * FUNCTION MOD(I, 2)
             COMPUTE PAY-ID = I * 12345
             STRING "Payee " PAY-ID(5:4) DELIMITED BY SIZE INTO PAYEE
             COMPUTE BALANCE = SGN * I * 123.45
             COMPUTE LEAD = SGN * I * 2.3
             COMPUTE LEAD-SEP = SGN * I * 3.1
             COMPUTE TRAIL-SEP = SGN * I * 77
             COMPUTE EDITED = SGN * I * 41.07
             COMPUTE SCALED = I * 21000
             COMPUTE TINY = SGN * I / 100000
             MOVE "ab" TO RIGHT-NAME
             IF I > 20 MOVE "zy x" TO RIGHT-NAME END-IF
             COMPUTE MAYBE = FUNCTION MOD(I, 5) * 100
             IF I > 30 MOVE "Y" TO FLAG END-IF
             COMPUTE PACKED-ODD = SGN * I * 987.65
             COMPUTE PACKED-EVEN = I * 101
             COMPUTE HALF = SGN * I * 201
             COMPUTE WORD-S = SGN * I * 54321.98
             COMPUTE LONG = SGN * I * 123456789.123 * 1000
             COMPUTE SINGLE = SGN * I * 0.125
             COMPUTE WIDE = SGN * I / 7
             COMPUTE OWN = SGN * I * 7654321
             COMPUTE NO-SIGN  = I * 7654321
             PERFORM VARYING J FROM 1 BY 1 UNTIL J > 3
               COMPUTE SUM-S(J) = SGN * I * J * 1111
               COMPUTE MARK(J, 1) = FUNCTION MOD(I + J, 10)
               COMPUTE MARK(J, 2) = FUNCTION MOD(I * J, 10)
             END-PERFORM
             COMPUTE TAIL-NO = I
{shown}
{converted}
             WRITE PAY-REC
           END-PERFORM
           CLOSE OUT-F
           STOP RUN.
"""


def form(copybook: Path, **facts: object) -> Copybook:
    made = Copybook.model_validate({"format": "copybook", "copybook": copybook.name, **facts})
    return made.looking_in(copybook.parent)


def cells(table: SourceTable) -> dict[str, list[str | None]]:
    """All columns by name."""
    names = table.field_names or ()
    found: dict[str, list[str | None]] = {name: [] for name in names}
    for batch in table.batches():
        assert batch.problems == []
        for i, name in enumerate(names):
            found[name] += batch.table.column(str(i)).to_pylist()
    return found


def written(folder: Path, code_page: str | None) -> dict[str, list[str]]:
    """Runs the program; what it says of each field."""
    asked = (*EXACT, "MAYBE", *NUMBERS, *FLOATS)
    shown = "\n".join(
        f"             MOVE {name} TO AS-SEEN\n"
        '             DISPLAY FUNCTION TRIM(AS-SEEN) "|" NO ADVANCING'
        if name in NUMBERS
        else f'             DISPLAY {name} "|" NO ADVANCING'
        for name in asked
    )
    turned = gnucobol.converting("SHOWN", code_page) if code_page else ""
    program = PROGRAM.format(
        sets=gnucobol.SETS,
        number=NUMBER,
        shown=shown.replace(",", " ") + '\n             DISPLAY " "',
        converted=turned,
    )
    signs = () if code_page else ("-fsign=ASCII",)
    lines = gnucobol.run(folder, program, COPYBOOK, *signs)
    rows = [line.split("|")[:-1] for line in lines]
    assert len(rows) == NUMBER
    return dict(zip(asked, map(list, zip(*rows, strict=True)), strict=True))


@pytest.mark.parametrize(
    ("code_page", "encoding"),
    [("IBM037", "cp037"), ("IBM1047", "cp1047"), ("IBM285", "cp285"), (None, "ascii")],
)
def test_every_kind_of_field_is_read_as_written(
    tmp_path: Path, code_page: str | None, encoding: str
) -> None:
    said = written(tmp_path, code_page)
    facts = {"native_byte_order": "little", "floats": "ieee", "synchronized_long": 8}
    [table] = open_tables(
        tmp_path / "out.dat", form(tmp_path / "record.cpy", encoding=encoding, **facts)
    )
    found = cells(table)
    for name in EXACT:
        # DISPLAY shows fields with the blanks that fill them up.
        assert [cell or "" for cell in found[name]] == [one.strip() for one in said[name]], name
    for name in NUMBERS:
        assert [Decimal(cell or "x") for cell in found[name]] == [
            Decimal(one) for one in said[name]
        ], name
    for name in FLOATS:
        single = 1e-6 if name == "SINGLE" else 1e-15
        assert [float(cell or "x") for cell in found[name]] == pytest.approx(
            [float(one) for one in said[name]], rel=single
        ), name
    assert found["BALANCE"][:2] == ["-123.45", "246.90"]
    assert found["SCALED"][0] == "21000"
    assert found["TINY"][:2] == ["-0.00001", "0.00002"]
    blanks = [one.strip() == "" for one in said["MAYBE"]]
    assert sum(blanks) == NUMBER // 5
    assert found["MAYBE"] == [one.strip() or "0000" for one in said["MAYBE"]]


VARYING = """\
       01  REC.
           05  KIND          PIC X.
           05  HOW-MANY      PIC 99.
           05  ITEM OCCURS 0 TO 9 TIMES DEPENDING ON HOW-MANY
                    INDEXED BY IX.
               10  ITEM-NO   PIC 9(3).
               10  SUM-S     PIC S9(5)V99 COMP-3.
           05  LAST-X        PIC X(4).
"""
VARYING_PROGRAM = """\
       IDENTIFICATION DIVISION.
       PROGRAM-ID. VARYING-WRITER.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT OUT-F ASSIGN TO "out.dat" ORGANIZATION IS SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  OUT-F RECORD IS VARYING IN SIZE.
       COPY "record.cpy".
       WORKING-STORAGE SECTION.
       01  I PIC 9(9) COMP-5.
       01  J PIC 9(9) COMP-5.
       01  SHOWN-SUM PIC -(6)9.99.
       PROCEDURE DIVISION.
           OPEN OUTPUT OUT-F
           PERFORM VARYING I FROM 1 BY 1 UNTIL I > 30
             MOVE "A" TO KIND
             IF FUNCTION MOD(I, 7) = 0 MOVE "Z" TO KIND END-IF
             COMPUTE HOW-MANY = FUNCTION MOD(I, 10)
             DISPLAY KIND "|" HOW-MANY NO ADVANCING
             PERFORM VARYING J FROM 1 BY 1 UNTIL J > HOW-MANY
               COMPUTE ITEM-NO(J) = I + J
               COMPUTE SUM-S(J) = 0 - I * J * 1.01
               MOVE SUM-S(J) TO SHOWN-SUM
               DISPLAY "|" ITEM-NO(J) "|" FUNCTION TRIM(SHOWN-SUM)
                 NO ADVANCING
             END-PERFORM
             MOVE "end." TO LAST-X
             WRITE REC
             DISPLAY " "
           END-PERFORM
           CLOSE OUT-F
           STOP RUN.
"""


WHOLE = "MOVE REC(1:70) TO OUT-REC WRITE OUT-REC"
WORKED_ON = """STORAGE SECTION.
       COPY "record.cpy".
"""


@pytest.mark.parametrize(("after", "option"), [("follow", "-fodoslide"), ("fixed", "-fsign=ASCII")])
def test_records_with_tables_that_vary_and_types_that_are_left_out(
    tmp_path: Path, after: str, option: str
) -> None:
    settings = ("-fsign=ASCII", option)
    program = VARYING_PROGRAM
    if after == "fixed":
        program = program.replace(" RECORD IS VARYING IN SIZE", "").replace("WRITE REC", WHOLE)
        program = program.replace('COPY "record.cpy".', "01  OUT-REC PIC X(70).")
        program = program.replace("STORAGE SECTION.", WORKED_ON)
    said = gnucobol.run(tmp_path, program, VARYING, *settings, COB_VARSEQ_FORMAT="0")
    asked = form(
        tmp_path / "record.cpy",
        encoding="ascii",
        records="variable" if after == "follow" else "fixed",
        length_counts_itself=False,
        after_tables=after,
        types={"field": "KIND", "read": ["A"], "leave_out": ["Z"]},
    )
    [table] = open_tables(tmp_path / "out.dat", asked)
    [batch] = table.batches()
    assert batch.problems == []
    assert table.left_out == [7, 14, 21, 28]
    lines = [line.strip().split("|") for line in said if line.startswith("A")]
    names = table.field_names or ()
    assert names[:4] == ("KIND", "HOW-MANY", "ITEM-NO(1)", "SUM-S(1)")
    for row, line in zip(batch.table.to_pylist(), lines, strict=True):
        filled = [cell for cell in row.values() if cell is not None]
        assert filled == [*line, "end."]
        assert row[str(len(names) - 1)] == "end."
    assert batch.rows.tolist() == [n for n in range(1, 31) if n % 7]
    assert table.place(3, 3) == ("out.dat", None, "record 3, SUM-S(1) (bytes 7-10)")
    assert table.place(3, len(names) - 1) == (
        *("out.dat", None),
        "record 3, LAST-X" + (" (bytes 67-70)" if after == "fixed" else ""),
    )
    assert table.cell(3, 3) == "-3.03"


def test_lines_written_as_text(tmp_path: Path) -> None:
    program = VARYING_PROGRAM.replace(
        "ORGANIZATION IS SEQUENTIAL", "\n           ORGANIZATION IS LINE SEQUENTIAL"
    ).replace(" RECORD IS VARYING IN SIZE", "")
    copybook = VARYING.replace(" COMP-3", "")
    said = gnucobol.run(tmp_path, program, copybook, "-fsign=ASCII", "-fodoslide")
    asked = form(tmp_path / "record.cpy", encoding="ascii", records="lines")
    [table] = open_tables(tmp_path / "out.dat", asked)
    found = [
        [cell for cell in row.values() if cell is not None]
        for batch in table.batches()
        for row in batch.table.to_pylist()
    ]
    assert found == [[*line.strip().split("|"), "end."] for line in said]


def test_what_iconv_turned_into_ascii_as_text_reads_alike(tmp_path: Path) -> None:
    """Zoned numbers survive such a journey: their signs are letters and braces then."""
    written(tmp_path, "IBM037")
    shown = COPYBOOK.partition("           05  PACKED-ODD")[0]
    (tmp_path / "shown.cpy").write_text(shown)
    size = (tmp_path / "out.dat").stat().st_size // NUMBER
    asked = form(tmp_path / "shown.cpy", encoding="cp037", record_length=size)
    before = cells(open_tables(tmp_path / "out.dat", asked)[0])
    content = (tmp_path / "out.dat").read_bytes()
    short = b"".join(content[at : at + 70] for at in range(0, len(content), size))
    turned = subprocess.run(
        ["iconv", "-f", "IBM037", "-t", "ASCII"], input=short, capture_output=True, check=True
    ).stdout
    (tmp_path / "turned.dat").write_bytes(turned)
    asked = form(tmp_path / "shown.cpy", encoding="ascii")
    assert cells(open_tables(tmp_path / "turned.dat", asked)[0]) == before
