"""Hostile web pages."""

from collections.abc import Iterator

from tests.hostile.case import QUARANTINED, READ, Case, case
from tests.hostile.laughs import LAUGHS
from tests.hostile.refusals import KIND

_ROW = b"<tr><td>1</td><td>2</td></tr>"


def pages() -> Iterator[Case]:
    """All of them."""
    yield from _out_of_measure()
    yield from _active()
    yield from _damaged()


def _out_of_measure() -> Iterator[Case]:
    """Deeper, wider and longer than anybody needs."""
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
        + _ROW * 5
        + b"</table></html>",
        READ,
        QUARANTINED,
        "file-too-demanding",
        "file-damaged",
    )
    yield case(
        "spans-negative.html",
        b'<html><table><tr><td colspan="-5" rowspan="-1">x</td></tr>'
        + _ROW * 5
        + b"</table></html>",
        READ,
        QUARANTINED,
    )
    yield case(
        "cell-100mb.html",
        lambda: (
            b"<html><table>"
            + _ROW
            + b"<tr><td>"
            + b"x" * (100 << 20)
            + b"</td></tr></table></html>"
        ),
        QUARANTINED,
        "file-too-demanding",
        "file-damaged",
    )
    yield case(
        "rows-300000.html",
        lambda: b"<html><table>" + _ROW * 300_000 + b"</table></html>",
        READ,
        "file-too-demanding",
    )
    yield case(
        "tables-20000.html",
        lambda: b"<html>" + (b"<table>" + _ROW * 2 + b"</table>") * 20_000,
        "file-too-demanding",
    )


def _active() -> Iterator[Case]:
    """What would run, or send for other files."""
    yield case(
        "script.html",
        b"<html><script>document.write('<table>')</script><table>" + _ROW * 5 + b"</table></html>",
        READ,
        rows=5,
    )
    yield case(
        "laughs.html",
        (LAUGHS + "<html><table><tr><td>&j;</td></tr></table></html>").encode(),
        READ,
        QUARANTINED,
        "xml-unsafe",
        KIND,
        "html-without-tables",
    )
    yield case(
        "include.html",
        b'<html><iframe src="file:///etc/passwd"></iframe><img src="http://'
        b'127.0.0.1:9/x"><table>' + _ROW * 5 + b"</table></html>",
        READ,
        rows=5,
    )


def _damaged() -> Iterator[Case]:
    """Not closed, and letters that are none or not what they seem."""
    yield case("unclosed.html", b"<html><table>" + b"<tr><td>x" * 1000, READ, rows=1000)
    yield case(
        "bidi.html",
        "<html><table><tr><td>\u202ex</td></tr><tr><td>y</td></tr></table></html>".encode(),
        QUARANTINED,
    )
    yield case(
        "nul.html", b"<html><table><tr><td>a&#0;b</td></tr></table></html>", READ, QUARANTINED
    )
