"""Files that are not what their names say."""

from collections.abc import Iterator

from tests.hostile import sound
from tests.hostile.case import READ, Case, case
from tests.hostile.laughs import LAUGHS
from tests.hostile.refusals import KIND, UNDECIDED, XML


def misnamed() -> Iterator[Case]:
    """All of them."""
    yield from _binaries()
    yield from _texts()
    yield from _of_another_form()


def _binaries() -> Iterator[Case]:
    """Starts of files that hold no tables."""
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
                f"{name}.{ending}", start + bytes(range(256)) * 8, KIND, "encoding-undecided"
            )


def _texts() -> Iterator[Case]:
    """Texts that hold none."""
    yield case("shell.csv", b"#!/bin/sh\nrm -rf /\n", READ, *UNDECIDED)
    yield case(
        "svg.csv",
        b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g/>" * 10 + b"</svg>",
        *XML,
        KIND,
        READ,
    )
    yield case("svg-laughs.svg", (LAUGHS + "<svg>&j;</svg>").encode(), *XML, KIND)


def _of_another_form() -> Iterator[Case]:
    """Tables of another form than the name says, or a page instead of them."""
    for ending, make in (("csv", sound.xlsx), ("json", sound.old_xls), ("txt", sound.ods)):
        yield case(f"book.{ending}", make, READ, rows=sound.ROWS + 1)
    yield case("invoice\u202eslx.csv", sound.delimited, READ, rows=sound.ROWS + 1)
    yield case(
        "login.xls",
        b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form>"
        b"<input name=user></form></body></html>",
        "html-without-tables",
        KIND,
    )
    yield case("page.xls", sound.html, READ, rows=sound.ROWS + 1)
    yield case("page.csv", sound.html, READ, rows=sound.ROWS + 1)
