"""Hostile workbooks of other forms than xlsx: compound files, records, OpenDocument."""

import struct
from collections.abc import Callable, Iterator

from tests.compound_file import compound
from tests.hostile import sound
from tests.hostile.case import QUARANTINED, READ, Case, case
from tests.hostile.changed import CONTENT, changed
from tests.hostile.refusals import DAMAGED
from tests.old_workbooks import Day, Page, record, xls, xls_records, xlsb

_PAGE = Page("One", [sound.HEADER, *sound.RECORDS])


def other_workbooks() -> Iterator[Case]:
    """All of them."""
    yield from _locked()
    yield from _sectors()
    yield from _records()
    yield from _binary_records()
    yield from _repeated()
    yield from _documents()


def _locked() -> Iterator[Case]:
    """Locked with a password."""
    package = compound({"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(200)})
    yield case("locked.xlsx", package, "workbook-encrypted")
    for name, method in (("xor", bytes(6)), ("rc4", b"\1\0\1\0\1\0" + bytes(48))):
        yield case(
            f"locked-{name}.xls",
            lambda method=method: xls([_PAGE], extra=record(0x2F, method)),
            "workbook-encrypted",
        )


def _sectors() -> Iterator[Case]:
    """Compound files whose sectors lead astray."""
    for name, change in (
        ("fat-cycle", lambda raw: _fat(raw, lambda fat: [0x2] * len(fat))),
        ("fat-own", lambda raw: _fat(raw, lambda fat: list(range(len(fat))))),
        ("fat-beyond", lambda raw: _fat(raw, lambda fat: [0x00FFFFFF] * len(fat))),
        ("fat-free", lambda raw: _fat(raw, lambda fat: [0xFFFFFFFF] * len(fat))),
        ("sectors-many", lambda raw: raw[:44] + struct.pack("<I", 0x7FFFFFFF) + raw[48:]),
        ("directory-beyond", lambda raw: raw[:48] + struct.pack("<I", 0x00FFFFF0) + raw[52:]),
        ("shift-63", lambda raw: raw[:30] + struct.pack("<H", 63) + raw[32:]),
        ("difat-cycle", lambda raw: raw[:68] + struct.pack("<II", 1, 0xFFFFFF) + raw[76:]),
    ):
        yield case(
            f"{name}.xls",
            lambda change=change: change(xls([_PAGE])),
            READ,
            *DAMAGED,
            "file-kind-unknown",
            rows=sound.ROWS + 1,
        )
    yield case(
        "stream-size.xls",
        lambda: xls([_PAGE]).replace(struct.pack("<Q", 4096), struct.pack("<Q", 0x7FFFFFFFFFFF)),
        READ,
        *DAMAGED,
    )


def _fat(raw: bytes, change: Callable[[list[int]], list[int]]) -> bytes:
    """With another table of sectors."""
    entries = list(struct.unpack_from("<128I", raw, 512))
    return raw[:512] + struct.pack("<128I", *change(entries)) + raw[1024:]


def _records() -> Iterator[Case]:
    """Records of xls that claim too much, or stand at the ends of a sheet."""
    yield case(
        "record-lengths.xls",
        lambda: compound({"Workbook": xls_records([_PAGE]).replace(b"\x04\x02", b"\x04\x82")}),
        READ,
        *DAMAGED,
        "file-empty",
    )
    yield case(
        "strings-claimed.xls",
        lambda: xls([_PAGE], extra=record(0xFC, struct.pack("<II", 0xFFFFFFFF, 0xFFFFFFFF))),
        READ,
        *DAMAGED,
    )
    yield case(
        "sheet-beyond.xls",
        lambda: xls(
            [_PAGE], extra=record(0x85, struct.pack("<IBBBB", 0x7FFFFFFF, 0, 0, 1, 0) + b"x")
        ),
        READ,
        *DAMAGED,
    )
    yield case(
        "corners.xls",
        lambda: xls([Page("One", [[1], *([[]] * 65_534), [None] * 255 + [1]])]),
        READ,
        *DAMAGED,
    )
    yield case(
        "days-no-days.xls",
        lambda: xls([Page("One", [[Day(-5), Day(60), Day(1e300)]])]),
        READ,
        QUARANTINED,
        *DAMAGED,
    )


def _binary_records() -> Iterator[Case]:
    """Records of xlsb, likewise; and a hidden sheet."""
    yield case(
        "row-beyond.xlsb",
        lambda: changed(
            sound.binary_xlsb,
            {},
            **{
                "xl/worksheets/sheet1.bin": b"\x81\x01\x00\x91\x01\x00\x00\x11"
                + b"\xff" * 17
                + b"\x02\x0c"
                + bytes(12)
            },
        ),
        READ,
        "file-empty",
        *DAMAGED,
    )
    yield case(
        "length-beyond.xlsb",
        lambda: changed(
            sound.binary_xlsb, {}, **{"xl/worksheets/sheet1.bin": b"\x91\x01\xff\xff\xff\x7f"}
        ),
        "file-empty",
        *DAMAGED,
    )
    yield case("hidden.xlsb", lambda: xlsb([Page("One", [["x"]], state=2)]), READ, rows=1)
    yield case(
        "hidden-refused.xlsb",
        lambda: xlsb([Page("One", [["x"]], state=2)]),
        "sheet-hidden",
        form={"format": "workbook", "hidden": "refuse"},
    )


def _repeated() -> Iterator[Case]:
    """OpenDocument cells that say how often they are repeated."""
    cell = '<table:table-cell office:value-type="float" office:value="1"'
    for name, row in (
        (
            "columns",
            f'<table:table-row>{cell} table:number-columns-repeated="16384"/></table:table-row>',
        ),
        (
            "cells-17-billion",
            '<table:table-row table:number-rows-repeated="1048576">'
            f'{cell} table:number-columns-repeated="16384"/></table:table-row>',
        ),
        (
            "cells-beyond",
            '<table:table-row table:number-rows-repeated="4294967295">'
            f'{cell} table:number-columns-repeated="4294967295"/></table:table-row>',
        ),
        (
            "negative",
            f'<table:table-row>{cell} table:number-columns-repeated="-5"/></table:table-row>',
        ),
        ("zero", f'<table:table-row>{cell} table:number-columns-repeated="0"/></table:table-row>'),
        (
            "spans",
            f'<table:table-row>{cell} table:number-columns-spanned="99999999" '
            'table:number-rows-spanned="99999999"/></table:table-row>',
        ),
    ):
        yield case(
            f"{name}.ods",
            lambda row=row: changed(
                sound.ods,
                {
                    CONTENT: lambda xml: xml.replace(
                        "<table:table-row>", row + "<table:table-row>", 1
                    )
                },
            ),
            READ,
            QUARANTINED,
            *DAMAGED,
        )


def _documents() -> Iterator[Case]:
    """OpenDocument: locked, deep, and without a sheet."""
    yield case(
        "locked.ods",
        lambda: changed(
            sound.ods,
            {
                "META-INF/manifest.xml": lambda xml: xml.replace(
                    'manifest:full-path="content.xml"',
                    'manifest:full-path="content.xml" manifest:size="9"',
                ).replace(
                    "</manifest:manifest>",
                    '<manifest:file-entry manifest:full-path="x"><manifest:encryption-data/>'
                    "</manifest:file-entry></manifest:manifest>",
                )
            },
        ),
        "workbook-encrypted",
    )
    yield case(
        "deep.ods",
        lambda: changed(
            sound.ods,
            {CONTENT: lambda xml: xml.replace("<text:p>", "<text:p>" + "<text:span>" * 20_000, 1)},
        ),
        READ,
        *DAMAGED,
    )
    yield case(
        "no-sheet.ods",
        lambda: changed(sound.ods, {CONTENT: lambda _: "<x/>"}),
        "sheet-missing",
        "file-empty",
        *DAMAGED,
    )
