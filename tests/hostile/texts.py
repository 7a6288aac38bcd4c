"""Hostile text: delimited, JSON, XML, web pages, and what is named as text and is not."""

from collections.abc import Iterator

from tests.hostile import sound
from tests.hostile.case import QUARANTINED, READ, Case, case

_UNDECIDED = ("encoding-undecided", "delimiter-undecided", "encoding-mixed", "encoding-wrong")
_KIND = "file-kind-unknown"
_JSON = ("json-damaged", "json-without-records", "file-too-demanding")
_XML = ("xml-damaged", "xml-unsafe", "xml-without-records", "file-too-demanding")
_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
)


def texts() -> Iterator[Case]:
    """All of them."""
    yield from _delimited()
    yield from _misnamed()
    yield from _json()
    yield from _xml()
    yield from _html()


def _delimited() -> Iterator[Case]:
    yield case("empty.csv", b"", "file-empty")
    yield case("mark-only.csv", b"\xef\xbb\xbf", "file-empty")
    yield case("mark-only-16.csv", b"\xff\xfe", "file-empty", READ, *_UNDECIDED)
    yield case("one-byte.csv", b"a", READ, "delimiter-undecided")
    yield case("one-nul.csv", b"\0", READ, QUARANTINED, _KIND, *_UNDECIDED)
    yield case("blank.csv", b" \r\n\t \n" * 100, "file-empty")
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
        *_UNDECIDED,
    )
    yield case("nul.csv", b"a,b\n1,x\0y\n3,4\n", QUARANTINED, rows=3)
    yield case("nuls.csv", b"a,b\n" + b"\0,\0\n" * 1000, READ, QUARANTINED, _KIND, *_UNDECIDED)
    yield case("surrogate.csv", b"a,b\n1,x\xed\xa0\x80y\n3,4\n", QUARANTINED, *_UNDECIDED)
    yield case(
        "surrogate-16.csv",
        "\ufeffa,b\n1,x\ud800y\n3,4\n".encode("utf-16-le", "surrogatepass"),
        QUARANTINED,
        *_UNDECIDED,
    )
    yield case("bidi.csv", "a,b\n1,\u202etxt.exe\n3,4\n".encode(), QUARANTINED, rows=3)
    yield case("bidi-isolate.csv", "a,b\n1,\u2066x\u2069\n3,4\n".encode(), QUARANTINED, rows=3)
    yield case("overlong.csv", b"a,b\n1,\xc0\xaf\n3,4\n", QUARANTINED, READ, *_UNDECIDED)
    yield case(
        "beyond-unicode.csv", b"a,b\n1,\xf7\xbf\xbf\xbf\n3,4\n", QUARANTINED, READ, *_UNDECIDED
    )
    yield case("mixed.csv", b"a,b\n1,caf\xc3\xa9\n2,caf\xe9\n" * 20, QUARANTINED, *_UNDECIDED)
    yield case("utf-7.csv", b"a,b\n1,+ADw-script+AD4-\n3,4\n", READ, rows=3)
    yield case("formulas.csv", b"a,b\n=1+1,@x\n+1,-1\n\t=1,\r\n", READ, QUARANTINED, *_UNDECIDED)
    yield case("carriage-returns.csv", b"a,b\r1,2\r3,4\r", READ, rows=3)
    yield case("line-ends-mixed.csv", b"a,b\n1,2\r\n3,4\r5,6\n", READ, QUARANTINED, *_UNDECIDED)
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
    yield case("ragged.csv", b"a,b\n1\n1,2,3\n1,2\n", QUARANTINED, READ)
    yield case("header-only.csv", b"a,b,c\n", READ, rows=1)
    yield case("digits.csv", b"a,b\n1E10,00012\n" + b"9" * 100_000 + b",1\n", READ, rows=3)
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


def _misnamed() -> Iterator[Case]:
    """Not what the name says."""
    for name, start in (
        ("pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        ("jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0"),
        ("png", b"\x89PNG\r\n\x1a\n"),
        ("elf", b"\x7fELF\2\1\1\0"),
        ("exe", b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff"),
        ("gif", b"GIF89a"),
        ("class", b"\xca\xfe\xba\xbe\0\0\0\x34"),
        ("rtf", b"{\\rtf1\\ansi a,b"),
        ("sqlite", b"SQLite format 3\0"),
        ("mp4", b"\0\0\0\x18ftypmp42"),
    ):
        for ending in ("csv", "xlsx"):
            yield case(
                f"{name}.{ending}", start + bytes(range(256)) * 8, _KIND, "encoding-undecided"
            )
    yield case("shell.csv", b"#!/bin/sh\nrm -rf /\n", READ, *_UNDECIDED)
    yield case(
        "svg.csv",
        b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g/>" * 10 + b"</svg>",
        *_XML,
        _KIND,
        READ,
    )
    yield case("svg-laughs.svg", (_LAUGHS + "<svg>&j;</svg>").encode(), *_XML, _KIND)
    for ending, make in (("csv", sound.xlsx), ("json", sound.old_xls), ("txt", sound.ods)):
        yield case(f"book.{ending}", make, READ, rows=sound.ROWS + 1)
    yield case("invoice\u202eslx.csv", sound.delimited, READ, rows=sound.ROWS + 1)
    yield case(
        "login.xls",
        b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form>"
        b"<input name=user></form></body></html>",
        "html-without-tables",
        _KIND,
    )
    yield case("page.xls", sound.html, READ, rows=sound.ROWS + 1)
    yield case("page.csv", sound.html, READ, rows=sound.ROWS + 1)


def _json() -> Iterator[Case]:
    yield case("deep.json", b"[" * 100_000 + b"]" * 100_000, QUARANTINED, *_JSON, _KIND)
    yield case("deep-objects.json", b'[{"a":' * 50_000 + b"1" + b"}]" * 50_000, *_JSON, READ)
    yield case(
        "deep-value.json",
        b'[{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}]",
        *_JSON,
        READ,
        QUARANTINED,
    )
    yield case("number-1mb.json", b'[{"a":' + b"9" * 1_000_000 + b"}]", READ, QUARANTINED, *_JSON)
    yield case(
        "number-exponent.json", b'[{"a":1e999999999},{"a":-1E-999999999}]', READ, *_JSON, rows=2
    )
    yield case("number-nan.json", b'[{"a":NaN},{"a":Infinity}]', "json-damaged", QUARANTINED, READ)
    yield case("name-twice.json", b'[{"a":1,"a":2}]', READ, QUARANTINED, *_JSON)
    yield case("surrogate.json", b'[{"a":"x\\ud800y"},{"a":"z"}]', QUARANTINED, READ, *_JSON)
    yield case("nul.json", b'[{"a":"x\\u0000y"},{"a":"z"}]', QUARANTINED, rows=2)
    yield case("bidi.json", b'[{"a":"\\u202ex"},{"a":"z"}]', QUARANTINED, rows=2)
    yield case(
        "string-100mb.json",
        lambda: b'[{"a":"' + b"x" * (100 << 20) + b'"}]',
        QUARANTINED,
        "file-too-demanding",
        "json-damaged",
        "record-too-long",
    )
    yield case(
        "string-200kb.json",
        b'[{"a":"' + b"x" * 200_000 + b'"},{"a":"y"}]',
        QUARANTINED,
        READ,
        rows=2,
    )
    yield case(
        "names-100000.json",
        lambda: b"[" + b",".join(b'{"k%d":1}' % i for i in range(100_000)) + b"]",
        READ,
        *_JSON,
    )
    yield case(
        "names-20000-wide.json",
        lambda: b"[{" + b",".join(b'"k%d":1' % i for i in range(20_000)) + b"}]",
        READ,
        *_JSON,
    )
    yield case("cut.json", sound.json_records()[:-5], "json-damaged")
    yield case("behind.json", sound.json_records() + b"]", "json-damaged")
    yield case("two.json", b'[{"a":1}][{"a":2}]', "json-damaged", READ)
    yield case("empty-list.json", b"[]", "json-without-records", "file-empty", READ)
    yield case("empty-object.json", b"{}", "json-without-records", "file-empty", READ)
    yield case("scalars.json", b"[1,2,3]", "json-without-records", "json-damaged", READ, _KIND)
    yield case("latin.json", b'[{"a":"caf\xe9"}]', "json-damaged", QUARANTINED, *_UNDECIDED)
    yield case(
        "colliding.json",
        lambda: (
            b"[{" + b",".join(b'"%d":%d' % (i * ((1 << 61) - 1), i) for i in range(5000)) + b"}]"
        ),
        READ,
        *_JSON,
    )
    yield case(
        "damaged-line.jsonl", sound.json_lines() + b'{"local_id": \n', QUARANTINED, "json-damaged"
    )
    yield case(
        "line-100mb.jsonl",
        lambda: sound.json_lines() + b'{"a":"' + b"x" * (100 << 20) + b'"}\n',
        QUARANTINED,
        "record-too-long",
        "json-damaged",
        "file-too-demanding",
    )
    yield case(
        "deep.jsonl",
        sound.json_lines() + b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}\n",
        QUARANTINED,
        READ,
        "json-damaged",
        "file-too-demanding",
    )


def _xml() -> Iterator[Case]:
    rows = "<row><a>1</a></row>" * 5
    yield case(
        "laughs.xml", (_LAUGHS + f"<rows>{rows}<row><a>&j;</a></row></rows>").encode(), *_XML
    )
    for name, doctype in (
        ("file", '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'),
        ("http", '<!DOCTYPE x [<!ENTITY j SYSTEM "http://127.0.0.1:9/x">]>'),
        ("parameter", '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'),
        ("dtd", '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'),
        ("quadratic", f'<!DOCTYPE x [<!ENTITY j "{"x" * 100_000}">]>'),
        ("attributes", '<!DOCTYPE x [<!ATTLIST row a CDATA "planted">]>'),
    ):
        body = f"<rows>{rows}<row><a>{'&j;' * 100}</a></row></rows>"
        yield case(f"{name}.xml", (doctype + body).encode(), "xml-unsafe", "xml-damaged")
    yield case(
        "doctype-16.xml",
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY j '
            f'SYSTEM "file:///etc/passwd">]><rows>{rows}<row><a>&j;</a></row></rows>'
        ).encode("utf-16"),
        *_XML,
        _KIND,
    )
    yield case("deep.xml", b"<a>" * 100_000 + b"</a>" * 100_000, *_XML)
    yield case(
        "deep-records.xml",
        b"<rows>"
        + b"<row><a>1</a></row>" * 3
        + b"<row>"
        + b"<b>" * 5000
        + b"</b>" * 5000
        + b"</row></rows>",
        *_XML,
        READ,
        QUARANTINED,
    )
    yield case(
        "attributes-100000.xml",
        b"<rows><row " + b" ".join(b'a%d="1"' % i for i in range(100_000)) + b"/><row/></rows>",
        *_XML,
        READ,
        QUARANTINED,
    )
    yield case(
        "name-1mb.xml", b"<rows><" + b"a" * 1_000_000 + b"/></rows>", *_XML, READ, QUARANTINED
    )
    yield case(
        "text-100mb.xml",
        lambda: b"<rows><row><a>" + b"x" * (100 << 20) + b"</a></row></rows>",
        QUARANTINED,
        *_XML,
    )
    yield case(
        "include.xml",
        b'<rows xmlns:xi="http://www.w3.org/2001/XInclude"><row><a><xi:include '
        b'href="file:///etc/passwd" parse="text"/></a></row><row><a>1</a></row></rows>',
        READ,
        QUARANTINED,
        *_XML,
    )
    yield case(
        "stylesheet.xml",
        b'<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><rows>' + rows.encode() + b"</rows>",
        READ,
        rows=5,
    )
    yield case(
        "encoding-lies.xml",
        b'<?xml version="1.0" encoding="UTF-16"?><rows>' + rows.encode() + b"</rows>",
        "xml-damaged",
        READ,
    )
    yield case(
        "encoding-unknown.xml",
        b'<?xml version="1.0" encoding="x-no"?><rows>' + rows.encode() + b"</rows>",
        "xml-damaged",
        "encoding-unknown",
        READ,
    )
    yield case("nul.xml", b"<rows><row><a>x\0y</a></row><row/></rows>", *_XML, QUARANTINED, _KIND)
    yield case("cut.xml", sound.xml()[:-20], "xml-damaged")


def _html() -> Iterator[Case]:
    row = b"<tr><td>1</td><td>2</td></tr>"
    yield case(
        "deep.html",
        b"<html><table>" + b"<tr><td><table>" * 20_000,
        READ,
        "html-without-tables",
        "file-too-demanding",
        "file-damaged",
    )
    yield case(
        "spans.html",
        b'<html><table><tr><td colspan="100000000" rowspan="100000000">x</td></tr>'
        + row * 5
        + b"</table></html>",
        READ,
        QUARANTINED,
        "file-too-demanding",
        "file-damaged",
    )
    yield case(
        "spans-negative.html",
        b'<html><table><tr><td colspan="-5" rowspan="-1">x</td></tr>'
        + row * 5
        + b"</table></html>",
        READ,
        QUARANTINED,
    )
    yield case(
        "cell-100mb.html",
        lambda: (
            b"<html><table>" + row + b"<tr><td>" + b"x" * (100 << 20) + b"</td></tr></table></html>"
        ),
        QUARANTINED,
        "file-too-demanding",
        "file-damaged",
    )
    yield case(
        "rows-300000.html",
        lambda: b"<html><table>" + row * 300_000 + b"</table></html>",
        READ,
        "file-too-demanding",
    )
    yield case(
        "tables-20000.html",
        lambda: b"<html>" + (b"<table>" + row * 2 + b"</table>") * 20_000,
        "file-too-demanding",
    )
    yield case(
        "script.html",
        b"<html><script>document.write('<table>')</script><table>" + row * 5 + b"</table></html>",
        READ,
        rows=5,
    )
    yield case(
        "laughs.html",
        (_LAUGHS + "<html><table><tr><td>&j;</td></tr></table></html>").encode(),
        READ,
        QUARANTINED,
        "xml-unsafe",
        _KIND,
        "html-without-tables",
    )
    yield case(
        "include.html",
        b'<html><iframe src="file:///etc/passwd"></iframe><img src="http://'
        b'127.0.0.1:9/x"><table>' + row * 5 + b"</table></html>",
        READ,
        rows=5,
    )
    yield case("unclosed.html", b"<html><table>" + b"<tr><td>x" * 1000, READ, rows=1000)
    yield case(
        "bidi.html",
        "<html><table><tr><td>\u202ex</td></tr><tr><td>y</td></tr></table></html>".encode(),
        QUARANTINED,
    )
    yield case(
        "nul.html", b"<html><table><tr><td>a&#0;b</td></tr></table></html>", READ, QUARANTINED
    )
