"""``watersmeet up`` and ``watersmeet down``: everything on this machine, started and stopped."""

import os
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

StateOption = Annotated[
    Path | None,
    typer.Option("--state", help="Folder for everything made here; default .watersmeet."),
]


def up(
    state: StateOption = None,
    once: Annotated[bool, typer.Option("--once", help="End when every run has ended.")] = False,
    rows: Annotated[int, typer.Option(min=60, help="Rows of the largest example feed.")] = 20_000,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Airflow's port; 8080 or the next free.")
    ] = None,
) -> None:
    """Start PostgreSQL and Airflow, run every feed's new deliveries, and show them as they move.

    Exit code 0 only where every delivery reconciled, none is held and no declaration is broken.
    """
    from cli.floor.start import start

    folder = _state(state)
    # SIGINT too: a shell starts what it puts into the background with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _as_interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means it
        signal.signal(signal.SIGHUP, _as_interrupt)
    try:
        well = start(folder, once=once, rows=rows, port=port)
    except KeyboardInterrupt:
        print("\nStopped.")
        raise typer.Exit(130) from None
    raise typer.Exit(0 if well else 1)


def down(
    state: StateOption = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove the database as well, with all that is in it.")
    ] = False,
) -> None:
    """Stop what `up` started: itself if it still runs, what it left behind, and the database."""
    from cli.floor.processes import Processes, holder
    from repository.server import Server

    folder = _state(state)
    if not folder.exists():
        print(f"There is nothing at {folder}.")
        return
    running = holder(folder)
    if running is not None:
        os.kill(running, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while holder(folder) is not None and time.monotonic() < deadline:
            time.sleep(0.1)
    with Processes(folder):  # entering stops what was left behind
        pass
    if remove:
        Server(folder).remove()
    else:
        Server(folder).stop()
    print("Stopped." if not remove else "Stopped, and the database removed.")


def _state(named: Path | None) -> Path:
    """The state folder, also for everything that asks the environment for it."""
    folder = (named or Path(os.environ.get("WATERSMEET_STATE") or ".watersmeet")).absolute()
    os.environ["WATERSMEET_STATE"] = str(folder)
    return folder


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
