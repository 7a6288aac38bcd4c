"""What a search of whole arrays finds in old workbooks, wherever it stands."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.confined.workbooks import search, xlsb_cells
from connectors.confined.workbooks.lost import Lost
from connectors.confined.workbooks.xls_cells import XlsCells
from tests.old_workbooks import ERRORS, Cell, Computed, Page, xls, xlsb

Look = Callable[[bytes, Path], Lost]


def of_xls(content: bytes, folder: Path) -> Lost:
    path = folder / "a.xls"
    path.write_bytes(content)
    return XlsCells(path).look(0)


def of_xlsb(content: bytes, folder: Path) -> Lost:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return xlsb_cells.look(archive, "xl/worksheets/sheet1.bin", "a.xlsb")


LOOKS: dict[str, tuple[Callable[..., bytes], Look]] = {
    "xls": (xls, of_xls),
    "xlsb": (xlsb, of_xlsb),
}
TERMS = (1, 30)  # The second makes records whose length takes two bytes.
ODD: list[Cell] = [*ERRORS, *(Computed(one, n) for one in (*ERRORS, None) for n in TERMS)]
USUAL: list[Cell] = [
    "x",
    1,
    2.5,
    0,
    True,
    False,
    None,
    Computed(0.0),
    Computed(3.0),
    "\u0205\u0208",
]


@pytest.mark.parametrize("kind", LOOKS)
@given(
    rows=st.lists(st.lists(st.sampled_from(USUAL), min_size=1, max_size=4), min_size=1, max_size=9),
    odd=st.none() | st.tuples(st.integers(0, 8), st.integers(0, 3), st.sampled_from(ODD)),
    hidden=st.none() | st.integers(0, 8),
    block=st.sampled_from([1, 7, 64, 1 << 20]),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_lost_is_found_wherever_it_stands(
    tmp_path: Path,
    kind: str,
    rows: list[list[Cell]],
    odd: tuple[int, int, Cell] | None,
    hidden: int | None,
    block: int,
) -> None:
    write, look = LOOKS[kind]
    expected = Lost()
    if odd is not None:
        row, position, cell = odd[0] % len(rows), odd[1] % len(rows[odd[0] % len(rows)]), odd[2]
        rows[row][position] = cell
        value = cell.value if isinstance(cell, Computed) else cell
        if isinstance(value, str):
            expected.texts[row, position] = value
        else:
            expected.valueless.append((row, position))
    page = Page("One", rows)
    if hidden is not None:
        page.hidden_rows = [hidden % len(rows)]
        expected.hidden.add("rows")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_BLOCK", block)
        assert look(write([page]), tmp_path) == expected
