"""Compiles and runs COBOL programs with GnuCOBOL: they write files that the reader reads, and print
what they wrote."""

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

OPTIONS = ("-x", "-std=ibm", "-fsign=EBCDIC")

needed = pytest.mark.skipif(
    shutil.which("cobc") is None, reason="NOT RUN: cobc is missing; install Debian's gnucobol"
)


def run(folder: Path, program: str, copybook: str, *options: str, **settings: str) -> list[str]:
    """Compile and run a program in a folder; it may COPY "record.cpy". What it prints, in lines."""
    (folder / "record.cpy").write_text(copybook)
    (folder / "program.cob").write_text(program)
    compiled = subprocess.run(
        ["cobc", *OPTIONS, *options, "program.cob"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert compiled.returncode == 0, compiled.stderr
    ran = subprocess.run(
        ["./program"],
        cwd=folder,
        capture_output=True,
        encoding="latin-1",
        check=True,
        env={"PATH": "/usr/bin:/bin", "LANG": "C", **settings},
    )
    assert not ran.stderr, ran.stderr
    return ran.stdout.splitlines()


@functools.cache
def ebcdic_of_ascii(code_page: str) -> tuple[str, str]:
    """The characters of ASCII as COBOL hexadecimal literals: in ASCII, and in a code page as
    iconv has it."""
    plain = bytes(range(32, 127))
    turned = subprocess.run(
        ["iconv", "-f", "ASCII", "-t", code_page], input=plain, capture_output=True, check=True
    ).stdout
    return f'X"{plain.hex()}"', f'X"{turned.hex()}"'


def converting(field: str, code_page: str) -> str:
    """A statement that turns a field into a code page of EBCDIC."""
    plain, turned = ebcdic_of_ascii(code_page)
    literal = [
        f'           MOVE X"{bit}" TO {name}({at + 1}:{len(bit) // 2})'
        for name, whole in (("FROM-SET", plain), ("TO-SET", turned))
        for at in range(0, 95, 10)
        for bit in [whole[2:-1][2 * at : 2 * at + 20]]
    ]
    return "\n".join([*literal, f"           INSPECT {field} CONVERTING FROM-SET TO TO-SET"])


SETS = """       01  FROM-SET PIC X(95).
       01  TO-SET   PIC X(95).
"""
