"""Hostile files of databases and of statistics programs."""

import random
import struct
from collections.abc import Iterator

from tests.hostile import sound
from tests.hostile.case import QUARANTINED, READ, Case, case

_REFUSED = (
    "file-damaged",
    "file-too-demanding",
    "file-kind-unknown",
    "file-empty",
    "dbf-version-unknown",
    "encoding-not-stated",
    "encoding-unknown",
    "encoding-undecided",
    "delimiter-undecided",
    "parquet-encrypted",
    "table-missing",
)


def binaries() -> Iterator[Case]:
    """All of them."""
    yield from _dbase()
    yield from _statistics()
    yield from _parquet()
    yield from _access()


def _with(content: bytes, at: int, what: bytes) -> bytes:
    return content[:at] + what + content[at + len(what) :]


def _dbase() -> Iterator[Case]:
    for name, at, what in (
        ("records-4-billion", 4, b"\xff" * 4),
        ("records-none", 4, bytes(4)),
        ("header-beyond", 8, b"\xff\xff"),
        ("header-none", 8, bytes(2)),
        ("record-beyond", 10, b"\xff\xff"),
        ("record-none", 10, bytes(2)),
        ("date-none", 1, b"\xff\xff\xff"),
        ("codepage-unknown", 29, b"\xee"),
        ("field-length-none", 32 + 16, b"\0"),
        ("field-length-most", 32 + 16, b"\xff"),
        ("field-kind", 32 + 11, b"?"),
        ("field-name", 32, b"\xff" * 11),
        ("field-decimals", 96 + 17, b"\xff"),
        ("encrypted", 15, b"\1"),
    ):
        yield case(
            f"{name}.dbf",
            lambda at=at, what=what: _with(sound.dbase(), at, what),
            READ,
            QUARANTINED,
            *_REFUSED,
        )
    yield case("header-only.dbf", lambda: sound.dbase()[:32], *_REFUSED, READ)
    yield case(
        "no-end-of-fields.dbf",
        lambda: sound.dbase().replace(b"\r", b"\0", 1),
        READ,
        QUARANTINED,
        *_REFUSED,
    )


def _statistics() -> Iterator[Case]:
    for name, at, what in (
        ("cases-most", 80, b"\xff\xff\xff\x7f"),
        ("cases-negative", 80, b"\xfe\xff\xff\xff"),
        ("columns-most", 68, b"\xff\xff\xff\x7f"),
        ("order-unknown", 64, b"\x09\x09\x09\x09"),
        ("compressed-unknown", 72, b"\x63\0\0\0"),
    ):
        yield case(
            f"{name}.sav",
            lambda at=at, what=what: _with(sound.spss(), at, what),
            READ,
            QUARANTINED,
            *_REFUSED,
        )
    yield case("only-mark.sav", b"$FL2@(#) SPSS DATA FILE" + bytes(200), *_REFUSED)
    yield case(
        "only-mark.dta",
        b"<stata_dta><header><release>118</release>",
        *_REFUSED,
        "xml-damaged",
        "xml-without-records",
    )
    yield case(
        "observations-most.dta",
        lambda: sound.stata().replace(struct.pack("<Q", sound.ROWS), b"\xff" * 8, 1),
        READ,
        QUARANTINED,
        *_REFUSED,
    )
    yield case(
        "only-mark.xpt",
        b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + b"0" * 200,
        *_REFUSED,
        READ,
    )
    mark = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
    yield case("only-mark.sas7bdat", mark + bytes(2000), *_REFUSED)
    noise = random.Random(5).randbytes(200_000)
    yield case("noise.sas7bdat", mark + noise, *_REFUSED)
    yield case("noise.sav", b"$FL2@(#) IBM SPSS STATISTICS" + noise, *_REFUSED)


def _parquet() -> Iterator[Case]:
    noise = random.Random(6).randbytes(50_000)
    yield case("only-marks.parquet", b"PAR1PAR1", *_REFUSED)
    yield case("noise.parquet", b"PAR1" + noise + b"\0\1\0\0PAR1", *_REFUSED)
    yield case("footer-most.parquet", b"PAR1" + noise + b"\xff\xff\xff\x7fPAR1", *_REFUSED)
    yield case("footer-negative.parquet", b"PAR1" + noise + b"\xff\xff\xff\xffPAR1", *_REFUSED)
    yield case("encrypted.parquet", b"PARE" + noise + b"\0\1\0\0PARE", *_REFUSED)
    yield case(
        "footer-noise.parquet",
        lambda: sound.parquet()[:-300] + noise[:292] + sound.parquet()[-8:],
        *_REFUSED,
    )


def _access() -> Iterator[Case]:
    noise = random.Random(8).randbytes(64 << 10)
    more = (*_REFUSED, "access-encrypted", "access-reader-missing")
    for name in (b"Jet DB", b"ACE DB"):
        mark = b"\0\1\0\0Standard " + name + b"\0"
        ending = "mdb" if b"Jet" in name else "accdb"
        yield case(f"only-mark.{ending}", mark, *more)
        yield case(f"zeros.{ending}", mark + bytes(64 << 10), *more)
        yield case(f"noise.{ending}", mark + noise, *more)
        yield case(f"ones.{ending}", mark + b"\xff" * (64 << 10), *more)
