"""Shows how far a search of a share is, how fast, and how long it will take."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table

from pipeline.discovery.findings import size_said
from pipeline.discovery.quantity import quantity

if TYPE_CHECKING:
    from pipeline.discovery.search import Phase, Watch

_PHASES = {
    "walk": "Walking",
    "look": "Looking into files",
    "hash": "Comparing bytes",
    "compare": "Comparing rows",
}
_SHORTEST_BAR = 10
_LONGEST_BAR = 40


@contextmanager
def searching_shown(console: Console) -> Iterator["Watch"]:
    """Show how far a search is, where somebody looks; nothing in a file or a pipe."""
    with FittingProgress(console) as bars:
        lines: dict[str, tuple[int, float]] = {}
        shown_at = 0.0

        def watch(phase: "Phase", number: int, total: int | None) -> None:
            nonlocal shown_at
            now = time.monotonic()
            if phase not in lines:
                for task, _ in lines.values():
                    bars.stop_task(bars.tasks[task].id)
                task = bars.add_task(_PHASES[phase], total=total, said="", rate="")
                lines[phase] = (int(task), now)
            elif now - shown_at < 0.1 and number != total:
                return
            shown_at = now
            place, began = lines[phase]
            said, rate = progress_said(phase, number, total, now - began)
            bars.update(bars.tasks[place].id, completed=number, total=total, said=said, rate=rate)

        yield watch


class FittingProgress(Progress):
    """Shows of each task as much as the window has room for, however often that is resized.

    Args:
        console: where; nothing is shown where that is no terminal.
    """

    def __init__(self, console: Console) -> None:
        self._window = console  # asked for before the base class has kept it
        super().__init__(console=console, transient=True, disable=not console.is_terminal)

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        """The lines of the tasks; rich asks for them at every repaint."""
        self.columns = columns_that_fit(self._window.width)
        return super().make_tasks_table(tasks)


def columns_that_fit(width: int) -> tuple[ProgressColumn, ...]:
    """What a line shows in so many characters: what is done and how far always, cut at the worst;
    the time left, the speed, a bar and the time gone as far as there is room."""
    what = max(4, min(18, width - 1))
    said = max(0, min(24, width - what - 1))
    room = width - what - said - 1
    left = room >= 8
    room -= 8 * left
    rate = room >= 14
    room -= 14 * rate
    bar = min(_LONGEST_BAR, room - 1) if room > _SHORTEST_BAR else 0
    room -= bar + 1 if bar else 0
    gone = room >= 8

    def text(words: str, size: int, *, right: bool = False) -> TextColumn:
        column = Column(width=size, no_wrap=True, justify="right" if right else "left")
        return TextColumn(words, table_column=column)

    shown: list[ProgressColumn] = [text("{task.description}", what)]
    if bar:
        shown.append(BarColumn(bar_width=bar))
    if said:
        shown.append(text("{task.fields[said]}", said, right=True))
    if rate:
        shown.append(text("{task.fields[rate]}", 13, right=True))
    if gone:
        shown.append(TimeElapsedColumn(table_column=Column(width=7, no_wrap=True)))
    if left:
        shown.append(TimeRemainingColumn(table_column=Column(width=7, no_wrap=True)))
    return tuple(shown)


def progress_said(
    phase: "Phase", number: int, total: int | None, seconds: float
) -> tuple[str, str]:
    """How far a phase is, and how fast."""
    if phase == "compare":
        return "", ""
    speed = number / seconds if seconds > 0.5 else 0.0
    if phase == "hash":
        return size_said(number), f"{size_said(speed)}/s" if speed else ""
    said = quantity(number, "file") if total is None else f"{number:,} of {total:,}"
    return said, f"{speed:,.0f} files/s" if speed else ""
