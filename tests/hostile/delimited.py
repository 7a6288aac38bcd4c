"""Hostile delimited text and lines of fixed width."""

from collections.abc import Iterator

from tests.hostile import sound
from tests.hostile.case import QUARANTINED, READ, Case, case
from tests.hostile.refusals import KIND, UNDECIDED


def delimited() -> Iterator[Case]:
    """All of them."""
    yield from _nothing()
    yield from _out_of_measure()
    yield from _letters()
    yield from _layouts()
    yield from _declared()


def _nothing() -> Iterator[Case]:
    """Files without a record, or nearly."""
    yield case("empty.csv", b"", "file-empty")
    yield case("mark-only.csv", b"\xef\xbb\xbf", "file-empty")
    yield case("mark-only-16.csv", b"\xff\xfe", "file-empty", READ, *UNDECIDED)
    yield case("one-byte.csv", b"a", READ, "delimiter-undecided")
    yield case("one-nul.csv", b"\0", READ, QUARANTINED, KIND, *UNDECIDED)
    yield case("blank.csv", b" \r\n\t \n" * 100, "file-empty")


def _out_of_measure() -> Iterator[Case]:
    """Fields, lines and numbers of fields longer than anybody needs."""
    yield case(
        "field-200kb.csv", b"a,b\n1,2\n" + b"x" * 200_000 + b",3\n4,5\n", QUARANTINED, rows=4
    )
    yield case(
        "field-100mb.csv",
        lambda: b'a,b\n1,2\n"' + b"x" * (100 << 20) + b'",3\n4,5\n',
        "record-too-long",
        QUARANTINED,
    )
    yield case(
        "line-100mb.csv", lambda: b"a,b\n" + b"x" * (100 << 20), "record-too-long", QUARANTINED
    )
    yield case(
        "commas-10mb.csv",
        lambda: b"a,b\n" + b"," * (10 << 20) + b"\n1,2\n",
        READ,
        QUARANTINED,
        "file-too-demanding",
        "delimiter-undecided",
        "record-too-long",
    )
    yield case("quote-unclosed.csv", b'a,b\n1,"2\n3,4\n', QUARANTINED)
    yield case(
        "quotes-many.csv",
        b"a,b\n" + b'"' * 1_000_001 + b"\n1,2\n",
        READ,
        QUARANTINED,
        "record-too-long",
        *UNDECIDED,
    )
    yield case(
        "columns-100000.csv",
        b",".join(b"c%d" % i for i in range(100_000))
        + b"\n"
        + b",".join(b"1" for _ in range(100_000))
        + b"\n",
        READ,
        "file-too-demanding",
        "record-too-long",
    )


def _letters() -> Iterator[Case]:
    """Letters that are none, or not what they seem."""
    yield case("nul.csv", b"a,b\n1,x\0y\n3,4\n", QUARANTINED, rows=3)
    yield case("nuls.csv", b"a,b\n" + b"\0,\0\n" * 1000, READ, QUARANTINED, KIND, *UNDECIDED)
    yield case("surrogate.csv", b"a,b\n1,x\xed\xa0\x80y\n3,4\n", QUARANTINED, *UNDECIDED)
    yield case(
        "surrogate-16.csv",
        "\ufeffa,b\n1,x\ud800y\n3,4\n".encode("utf-16-le", "surrogatepass"),
        QUARANTINED,
        *UNDECIDED,
    )
    yield case("bidi.csv", "a,b\n1,\u202etxt.exe\n3,4\n".encode(), QUARANTINED, rows=3)
    yield case("bidi-isolate.csv", "a,b\n1,\u2066x\u2069\n3,4\n".encode(), QUARANTINED, rows=3)
    yield case("overlong.csv", b"a,b\n1,\xc0\xaf\n3,4\n", QUARANTINED, READ, *UNDECIDED)
    yield case(
        "beyond-unicode.csv", b"a,b\n1,\xf7\xbf\xbf\xbf\n3,4\n", QUARANTINED, READ, *UNDECIDED
    )
    yield case("mixed.csv", b"a,b\n1,caf\xc3\xa9\n2,caf\xe9\n" * 20, QUARANTINED, *UNDECIDED)
    yield case("utf-7.csv", b"a,b\n1,+ADw-script+AD4-\n3,4\n", READ, rows=3)


def _layouts() -> Iterator[Case]:
    """Cells and lines that do not stand as they should."""
    yield case("formulas.csv", b"a,b\n=1+1,@x\n+1,-1\n\t=1,\r\n", READ, QUARANTINED, *UNDECIDED)
    yield case("carriage-returns.csv", b"a,b\r1,2\r3,4\r", READ, rows=3)
    yield case("line-ends-mixed.csv", b"a,b\n1,2\r\n3,4\r5,6\n", READ, QUARANTINED, *UNDECIDED)
    yield case("ragged.csv", b"a,b\n1\n1,2,3\n1,2\n", QUARANTINED, READ)
    yield case("header-only.csv", b"a,b,c\n", READ, rows=1)
    yield case("digits.csv", b"a,b\n1E10,00012\n" + b"9" * 100_000 + b",1\n", READ, rows=3)


def _declared() -> Iterator[Case]:
    """Not of the form that is declared."""
    yield case("short.dat", b"x\n" * 1000, READ, QUARANTINED, form=sound.FIXED)
    yield case(
        "line-10mb.dat",
        lambda: b"x" * (10 << 20) + b"\n",
        READ,
        QUARANTINED,
        "record-too-long",
        form=sound.FIXED,
    )
    yield case(
        "text-for-book.csv", sound.delimited, "file-form-differs", form={"format": "workbook"}
    )
