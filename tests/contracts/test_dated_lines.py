"""Lines that hold between two dates are read strictly, and all that is wrong is told."""

from datetime import date
from pathlib import Path

import pytest

from contracts.dated_lines import DatedLine, Problems, dated_lines

COLUMNS = ("code", "start", "end")


def read(path: Path, content: bytes | str) -> tuple[list[DatedLine], Problems]:
    path = path / "lines.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems: Problems = []
    lines = dated_lines(path, COLUMNS, problems, needed=["code"], may_be=["note", "source"])
    return list(lines), problems


def test_sound_lines_with_their_dates_and_numbers(tmp_path: Path) -> None:
    found, problems = read(tmp_path, "code,note,start,end\n\n a ,x,2020-01-31,\nb,,,2021-02-28\n")
    assert not problems
    assert [(one.text["code"], one.days, one.line) for one in found] == [
        ("a", {"start": date(2020, 1, 31), "end": None}, 3),
        ("b", {"start": None, "end": date(2021, 2, 28)}, 4),
    ]
    assert found[0].text["note"] == "x"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("code,end,start\n", (1, "the columns must be code,start,end; note and source may be")),
        ("code,start,end,other\n", (1, "the columns must be")),
        ("", (1, "the columns must be")),
        ("code,start,end\na,,\nb,\n", (3, "the line does not have 3 values")),
        ("code,start,end\na,,\n ,,\n", (3, "code is empty")),
        ("code,start,end\na,,\nb,31/01/2020,\n", (3, "start is not a date")),
        ("code,start,end\na,,\nb,2020-02-02,2020-02-01\n", (3, "end lies before start")),
        ('code,start,end\na,,\n"b"x,,\n', (3, "not valid CSV")),
        ("code,start,end\na,,\n\xe9,,\n".encode("latin-1"), (1, "the file is not UTF-8")),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, content: bytes | str, problem: tuple[int, str]
) -> None:
    found, problems = read(tmp_path, content)
    [(line, message)] = problems
    assert line == problem[0] and message.startswith(problem[1])
    assert all(one.text["code"] == "a" for one in found), "a line that is wrong is not among them"


def test_everything_wrong_with_a_line_is_told_at_once(tmp_path: Path) -> None:
    _, problems = read(tmp_path, "code,start,end\n,x,y\n")
    assert [line for line, _ in problems] == [2, 2, 2]
