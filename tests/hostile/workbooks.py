"""Hostile workbooks."""

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator

from tests.hostile import sound
from tests.hostile.case import QUARANTINED, READ, Case, case

SHEET, BOOK, CONTENT = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "content.xml"
DAMAGED = ("file-damaged", "file-too-demanding")
_LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">'
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)
_EXTERNAL = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
_ELSEWHERE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'


def changed(
    make: Callable[[], bytes], changes: dict[str, Callable[[str], str]], **more: bytes
) -> bytes:
    """A workbook with other parts, and with more of them."""
    with zipfile.ZipFile(io.BytesIO(make())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changes.items():
        parts[name] = change(parts[name].decode()).encode("utf-8", "surrogatepass")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**parts, **more}.items():
            archive.writestr(name, part)
    return content.getvalue()


def with_rows(xml: str, part: str = SHEET) -> bytes:
    """An xlsx workbook whose sheet has these rows."""
    whole = f"<sheetData>{xml}</sheetData>"
    return changed(
        sound.xlsx,
        {part: lambda text: re.sub("<sheetData>.*</sheetData>", lambda _: whole, text, flags=re.S)},
    )


def _before(xml: str, doctype: str) -> str:
    """With a document type before the first element."""
    head = re.match(r"\s*(<\?xml[^>]*\?>)?", xml)
    at = head.end() if head else 0
    return xml[:at] + doctype + xml[at:]


def _cell(inner: str, place: str = "A1") -> str:
    return f'<row r="1"><c r="{place}" t="inlineStr"><is><t>{inner}</t></is></c></row>'


def workbooks() -> Iterator[Case]:
    """All of them."""
    yield from _entities()
    yield from _bombs()
    yield from _cells()
    yield from _lies()


def _entities() -> Iterator[Case]:
    laughs = _LAUGHS + "]>"
    quadratic = f'<!DOCTYPE x [<!ENTITY j "{"x" * 50_000}">]>'
    for name, doctype in (
        ("laughs", laughs),
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


def _bombs() -> Iterator[Case]:
    blank = " " * (300 << 20)
    yield case(
        "blank-300mb.xlsx",
        lambda: changed(
            sound.xlsx, {SHEET: lambda xml: xml.replace("<sheetData>", blank + "<sheetData>")}
        ),
        "file-too-demanding",
    )
    yield case("cell-100mb.xlsx", lambda: with_rows(_cell("x" * (100 << 20))), "file-too-demanding")
    yield case(
        # Random letters do not pack: nothing but the cell's length is wrong with it.
        "cell-3mb-random.xlsx",
        lambda: with_rows(_cell(_letters(3 << 20))),
        QUARANTINED,
        "file-too-demanding",
    )
    yield case("cell-200kb.xlsx", lambda: with_rows(_cell("y" * 200_000)), QUARANTINED, rows=1)
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
        yield case(f"{name}.xlsx", lambda inner=inner: with_rows(_cell(inner)), *verdicts)
    yield case(
        "controls-raw.xlsx", lambda: with_rows(_cell("a\x01\x02b")), READ, QUARANTINED, *DAMAGED
    )
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


def _lies() -> Iterator[Case]:
    """What the workbook says of itself is not so."""
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
            lambda place=place: with_rows(_cell("x", place)),
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
