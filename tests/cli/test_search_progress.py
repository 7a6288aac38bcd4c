"""How far a search is: readable in windows of any width."""

import io

import pytest
from rich.console import Console

from cli.search_progress import FittingProgress, progress_said, searching_shown


@pytest.mark.parametrize("width", [20, 40, 43, 44, 60, 79, 80, 100, 120, 200])
def test_a_line_fits_a_window_of_any_width(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    bars = FittingProgress(console)
    said, rate = progress_said("look", 1_234_567, 12_345_678, 600)
    bars.add_task("Looking into files", total=12_345_678, completed=1_234_567, said=said, rate=rate)
    with console.capture() as shown:
        console.print(bars.get_renderable())
    [line] = shown.get().splitlines()
    assert len(line) <= width
    assert line.startswith("Looking into files")
    if width >= 43:
        assert "1,234,567 of 12,345,678" in line and "…" not in line
    if width >= 80:
        assert "2,058 files/s" in line and line.rstrip().endswith(":--")


def test_it_follows_a_window_that_is_made_narrower() -> None:
    console = Console(file=io.StringIO(), width=120, force_terminal=True, color_system=None)
    bars = FittingProgress(console)
    bars.add_task("Comparing bytes", total=9, said="1.0 GB", rate="120 MB/s")
    console.width = 50
    with console.capture() as shown:
        console.print(bars.get_renderable())
    assert len(shown.get().rstrip("\n")) <= 50


def test_nothing_is_shown_where_nobody_looks() -> None:
    out = io.StringIO()
    with searching_shown(Console(file=out)) as watch:
        watch("walk", 1, None)
        watch("look", 1, 1)
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    ("number", "total", "said"),
    [(1, None, "1 file"), (2000, None, "2,000 files"), (1, 3, "1 of 3")],
)
def test_how_far_it_is_is_said_in_numbers(number: int, total: int | None, said: str) -> None:
    assert progress_said("walk", number, total, 0.1) == (said, "")
