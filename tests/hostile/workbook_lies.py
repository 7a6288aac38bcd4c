"""Hostile workbooks: what they say of themselves is not so."""

import re
from collections.abc import Iterator

from tests.hostile import sound
from tests.hostile.case import READ, Case, case
from tests.hostile.changed import BOOK, SHEET, changed, with_cell, with_rows
from tests.hostile.refusals import DAMAGED


def workbook_lies() -> Iterator[Case]:
    """All of them."""
    yield from _dimensions()
    yield from _places()
    yield from _strings()
    yield from _merged()
    yield from _sheets()


def _dimensions() -> Iterator[Case]:
    """The sheet is larger or smaller than it says."""
    for name, reference in (
        ("whole", "A1:XFD1048576"),
        ("beyond", "A1:ZZZZ99999999"),
        ("backwards", "Z9:A1"),
        ("negative", "A-1:B-5"),
        ("empty", ""),
    ):
        yield case(
            f"dimension-{name}.xlsx",
            lambda reference=reference: changed(
                sound.xlsx,
                {SHEET: lambda xml: re.sub('ref="[A-Z0-9:]+"', f'ref="{reference}"', xml, count=1)},
            ),
            READ,
            *DAMAGED,
        )


def _places() -> Iterator[Case]:
    """Cells at places no sheet has, or the last it has."""
    for place in (
        "XFD1048576",
        "XFE1",
        "A1048577",
        "AAAAAA1",
        "A99999999999999999999",
        "A0",
        "1A",
        "",
    ):
        yield case(
            f"place-{place or 'none'}.xlsx",
            lambda place=place: with_cell("x", place),
            READ,
            *DAMAGED,
        )
    yield case(
        "corners.xlsx",
        lambda: with_rows(
            '<row r="1"><c r="A1"><v>1</v></c></row>'
            '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        ),
        READ,
        *DAMAGED,
    )


def _strings() -> Iterator[Case]:
    """Texts by numbers that none has."""
    yield case(
        "string-out-of-range.xlsx",
        lambda: with_rows('<row r="1"><c r="A1" t="s"><v>4294967295</v></c></row>'),
        *DAMAGED,
    )
    yield case(
        "string-negative.xlsx",
        lambda: with_rows('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'),
        *DAMAGED,
    )


def _merged() -> Iterator[Case]:
    """Cells merged to the ends of the sheet."""
    yield case(
        "merged-all.xlsx",
        lambda: changed(
            sound.xlsx,
            {
                SHEET: lambda xml: xml.replace(
                    "</sheetData>",
                    '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
                )
            },
        ),
        READ,
        *DAMAGED,
    )
    yield case(
        "merged-many.xlsx",
        lambda: changed(
            sound.xlsx,
            {
                SHEET: lambda xml: xml.replace(
                    "</sheetData>",
                    "</sheetData><mergeCells>"
                    + '<mergeCell ref="A1:C1048576"/>' * 200
                    + "</mergeCells>",
                )
            },
        ),
        READ,
        *DAMAGED,
    )


def _sheets() -> Iterator[Case]:
    """Sheets elsewhere than in the workbook, and the same one many times."""
    for number, target in enumerate(
        ("../../../../etc/passwd", "/etc/passwd", "http://127.0.0.1:9/x", "worksheets/none.xml")
    ):
        yield case(
            f"target-{number}.xlsx",
            lambda target=target: changed(
                sound.xlsx,
                {
                    "xl/_rels/workbook.xml.rels": lambda xml: xml.replace(
                        "worksheets/sheet1.xml", target
                    )
                },
            ),
            "file-empty",
            "sheet-missing",
            *DAMAGED,
        )
    yield case(
        "sheets-5000.xlsx",
        lambda: changed(
            sound.xlsx,
            {
                BOOK: lambda xml: xml.replace(
                    "</sheets>",
                    "".join(
                        f'<sheet name="S{i}" sheetId="{i}" r:id="rId1" xmlns:r="http://schemas.'
                        'openxmlformats.org/officeDocument/2006/relationships"/>'
                        for i in range(2, 2002)
                    )
                    + "</sheets>",
                )
            },
        ),
        READ,
        *DAMAGED,
    )
