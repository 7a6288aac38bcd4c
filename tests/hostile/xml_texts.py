"""Hostile XML."""

from collections.abc import Iterator

from tests.hostile import sound
from tests.hostile.case import QUARANTINED, READ, Case, case
from tests.hostile.laughs import LAUGHS
from tests.hostile.refusals import KIND, XML

_ROWS = "<row><a>1</a></row>" * 5


def xml_texts() -> Iterator[Case]:
    """All of them."""
    yield from _entities()
    yield from _out_of_measure()
    yield from _references()
    yield from _damaged()


def _entities() -> Iterator[Case]:
    """Document types that declare entities, or send for them."""
    yield case("laughs.xml", (LAUGHS + f"<rows>{_ROWS}<row><a>&j;</a></row></rows>").encode(), *XML)
    for name, doctype in (
        ("file", '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'),
        ("http", '<!DOCTYPE x [<!ENTITY j SYSTEM "http://127.0.0.1:9/x">]>'),
        ("parameter", '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'),
        ("dtd", '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'),
        ("quadratic", f'<!DOCTYPE x [<!ENTITY j "{"x" * 100_000}">]>'),
        ("attributes", '<!DOCTYPE x [<!ATTLIST row a CDATA "planted">]>'),
    ):
        body = f"<rows>{_ROWS}<row><a>{'&j;' * 100}</a></row></rows>"
        yield case(f"{name}.xml", (doctype + body).encode(), "xml-unsafe", "xml-damaged")
    yield case(
        "doctype-16.xml",
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY j '
            f'SYSTEM "file:///etc/passwd">]><rows>{_ROWS}<row><a>&j;</a></row></rows>'
        ).encode("utf-16"),
        *XML,
        KIND,
    )


def _out_of_measure() -> Iterator[Case]:
    """Deeper and longer than anybody needs."""
    yield case("deep.xml", b"<a>" * 100_000 + b"</a>" * 100_000, *XML)
    yield case(
        "deep-records.xml",
        b"<rows>"
        + b"<row><a>1</a></row>" * 3
        + b"<row>"
        + b"<b>" * 5000
        + b"</b>" * 5000
        + b"</row></rows>",
        *XML,
        READ,
        QUARANTINED,
    )
    yield case(
        "attributes-100000.xml",
        b"<rows><row " + b" ".join(b'a%d="1"' % i for i in range(100_000)) + b"/><row/></rows>",
        *XML,
        READ,
        QUARANTINED,
    )
    yield case(
        "name-1mb.xml", b"<rows><" + b"a" * 1_000_000 + b"/></rows>", *XML, READ, QUARANTINED
    )
    yield case(
        "text-100mb.xml",
        lambda: b"<rows><row><a>" + b"x" * (100 << 20) + b"</a></row></rows>",
        QUARANTINED,
        *XML,
    )


def _references() -> Iterator[Case]:
    """What else sends for other files."""
    yield case(
        "include.xml",
        b'<rows xmlns:xi="http://www.w3.org/2001/XInclude"><row><a><xi:include '
        b'href="file:///etc/passwd" parse="text"/></a></row><row><a>1</a></row></rows>',
        READ,
        QUARANTINED,
        *XML,
    )
    yield case(
        "stylesheet.xml",
        b'<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><rows>' + _ROWS.encode() + b"</rows>",
        READ,
        rows=5,
    )


def _damaged() -> Iterator[Case]:
    """Not in the encoding it says, cut off, or with letters that XML forbids."""
    yield case(
        "encoding-lies.xml",
        b'<?xml version="1.0" encoding="UTF-16"?><rows>' + _ROWS.encode() + b"</rows>",
        "xml-damaged",
        READ,
    )
    yield case(
        "encoding-unknown.xml",
        b'<?xml version="1.0" encoding="x-no"?><rows>' + _ROWS.encode() + b"</rows>",
        "xml-damaged",
        "encoding-unknown",
        READ,
    )
    yield case("nul.xml", b"<rows><row><a>x\0y</a></row><row/></rows>", *XML, QUARANTINED, KIND)
    yield case("cut.xml", sound.xml()[:-20], "xml-damaged")
