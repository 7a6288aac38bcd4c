"""Hostile workbooks."""

import random
import re
from collections.abc import Iterator

from tests.hostile import sound
from tests.hostile.case import QUARANTINED, READ, Case, case
from tests.hostile.changed import BOOK, CONTENT, SHEET, changed, with_cell, with_rows
from tests.hostile.laughs import LAUGHS
from tests.hostile.refusals import DAMAGED
from tests.hostile.workbook_lies import workbook_lies

_EXTERNAL = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
_ELSEWHERE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'


def workbooks() -> Iterator[Case]:
    """All of them."""
    yield from _entities()
    yield from _bombs()
    yield from _cells()
    yield from workbook_lies()
    yield from _active()


def _entities() -> Iterator[Case]:
    quadratic = f'<!DOCTYPE x [<!ENTITY j "{"x" * 50_000}">]>'
    for name, doctype in (
        ("laughs", LAUGHS),
        ("external", _EXTERNAL),
        ("elsewhere", _ELSEWHERE),
        ("quadratic", quadratic),
        ("padded", " " * 5000 + _EXTERNAL),
    ):
        for part in (SHEET, BOOK, "xl/styles.xml", "xl/sharedStrings.xml"):
            yield case(
                f"{name}-{part.rpartition('/')[2]}.xlsx",
                lambda part=part, doctype=doctype: changed(
                    sound.xlsx, {part: lambda xml: _before(xml, doctype)}
                ),
                "workbook-unsafe",
                "file-damaged",
                *([READ] if name == "padded" else []),
            )
        yield case(
            f"{name}.ods",
            lambda doctype=doctype: changed(
                sound.ods, {CONTENT: lambda xml: _before(xml, doctype)}
            ),
            "workbook-unsafe",
            "file-damaged",
            *([READ] if name == "padded" else []),
        )


def _before(xml: str, doctype: str) -> str:
    """With a document type before the first element."""
    head = re.match(r"\s*(<\?xml[^>]*\?>)?", xml)
    at = head.end() if head else 0
    return xml[:at] + doctype + xml[at:]


def _bombs() -> Iterator[Case]:
    blank = " " * (300 << 20)
    yield case(
        "blank-300mb.xlsx",
        lambda: changed(
            sound.xlsx, {SHEET: lambda xml: xml.replace("<sheetData>", blank + "<sheetData>")}
        ),
        "file-too-demanding",
    )
    yield case("cell-100mb.xlsx", lambda: with_cell("x" * (100 << 20)), "file-too-demanding")
    yield case(
        # Random letters do not pack: nothing but the cell's length is wrong with it.
        "cell-3mb-random.xlsx",
        lambda: with_cell(_letters(3 << 20)),
        QUARANTINED,
        "file-too-demanding",
    )
    yield case("cell-200kb.xlsx", lambda: with_cell("y" * 200_000), QUARANTINED, rows=1)
    yield case(
        "two-million-cells-packed.xlsx",
        lambda: with_rows(
            "".join(f'<row r="{i}"><c r="A{i}"><v>1</v></c></row>' for i in range(1, 1_000_001))
        ),
        READ,
        "file-too-demanding",
    )
    yield case(
        "parts-20000.xlsx",
        lambda: changed(sound.xlsx, {}, **{f"xl/media/{i}.png": b"" for i in range(20_000)}),
        "file-too-demanding",
    )
    yield case(
        "strings-many.xlsx",
        lambda: changed(
            sound.xlsx,
            {},
            **{
                "xl/sharedStrings.xml": (
                    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
                    'count="4294967295" uniqueCount="4294967295">'
                    + "<si><t>x</t></si>" * 1_000_000
                    + "</sst>"
                ).encode()
            },
        ),
        READ,
        *DAMAGED,
    )


def _letters(length: int) -> str:
    return (
        random.Random(7)
        .randbytes(length)
        .translate(bytes(97 + i % 26 for i in range(256)))
        .decode()
    )


def _cells() -> Iterator[Case]:
    for name, inner, verdicts in (
        ("nul", "a&#0;b", DAMAGED),
        ("nul-escaped", "a_x0000_b", (READ, QUARANTINED)),
        ("surrogate", "a&#xD800;b", DAMAGED),
        ("surrogate-escaped", "a_xD800_b", (READ, QUARANTINED)),
        ("bidi", "abc\u202egpj.exe", (QUARANTINED,)),
        ("bidi-isolate", "abc\u2066x\u2069", (QUARANTINED,)),
        ("entity-unknown", "&xxe;", (*DAMAGED, READ)),
        ("formula", "=cmd|' /C calc'!A0", (READ,)),
        ("markup", "&lt;script&gt;alert(1)&lt;/script&gt;", (READ,)),
        ("deep", "<r>" * 5000 + "x" + "</r>" * 5000, (READ, *DAMAGED)),
        ("unclosed", "<r>" * 50_000, (READ, *DAMAGED)),
    ):
        yield case(f"{name}.xlsx", lambda inner=inner: with_cell(inner), *verdicts)
    yield case("controls-raw.xlsx", lambda: with_cell("a\x01\x02b"), READ, QUARANTINED, *DAMAGED)
    yield case(
        "errors-all.xlsx",
        lambda: with_rows(
            "".join(
                f'<row r="{i}"><c r="A{i}" t="e"><v>#REF!</v></c></row>' for i in range(1, 2001)
            )
        ),
        READ,
        rows=2000,
    )
    yield case(
        "formulas-valueless.xlsx",
        lambda: with_rows(
            "".join(f'<row r="{i}"><c r="A{i}"><f>B{i}</f></c></row>' for i in range(1, 2001))
        ),
        QUARANTINED,
        rows=2000,
    )
    yield case(
        "number-10000-digits.xlsx",
        lambda: with_rows('<row r="1"><c r="A1"><v>' + "9" * 10_000 + "</v></c></row>"),
        READ,
        QUARANTINED,
        *DAMAGED,
    )
    yield case(
        "number-1e400.xlsx",
        lambda: with_rows('<row r="1"><c r="A1"><v>1e400</v></c></row>'),
        READ,
        QUARANTINED,
        *DAMAGED,
    )
    yield case(
        "number-nan.xlsx",
        lambda: with_rows('<row r="1"><c r="A1"><v>NaN</v></c><c r="B1"><v>-inf</v></c></row>'),
        READ,
        QUARANTINED,
        *DAMAGED,
    )


def _active() -> Iterator[Case]:
    """Parts that could run or send for other files, refused where declared, else not looked at."""
    for member, code in (
        ("xl/vbaProject.bin", "workbook-macros"),
        ("xl/externalLinks/externalLink1.xml", "workbook-external-links"),
    ):
        asked = code.removeprefix("workbook-").replace("-", "_")
        yield case(
            f"{asked}-refused.xlsm",
            lambda member=member: changed(sound.xlsx, {}, **{member: b"x"}),
            code,
            form={"format": "workbook", asked: "refuse"},
        )
        yield case(
            f"{asked}-read.xlsm",
            lambda member=member: changed(sound.xlsx, {}, **{member: b"x"}),
            READ,
            rows=sound.ROWS + 1,
        )
