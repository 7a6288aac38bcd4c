"""Forks processes that take a feed's deliveries the whole way and stop at a named point.

Everything is imported once; then each line of standard input (a JSON object: ``feed``, ``point``,
``deed``, ``environment``, ``said``) makes a process, whose number is answered; a line ``wait N``
is answered with how that process ended. The deed at the point is ``kill`` (SIGKILL) or a path: say
so by making a file of that name, then wait until it is gone.

Points: those of :data:`repository.load.points.POINTS`; ``fetched``, before bytes are landed;
``kept``, after; ``landed``, when the arrival is on record.
"""

import json
import os
import signal
import sys
import time
import traceback
from functools import partial
from pathlib import Path
from typing import Any

import pipeline.ingest as ingest
import pipeline.streamed as streamed
from repository.landing.folder import FolderStore


def journey(order: dict[str, Any]) -> None:
    """Take the feed's deliveries the whole way; the environment says where everything is."""

    def at(point: str) -> None:
        if point != order["point"]:
            return
        if order["deed"] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        sign = Path(order["deed"])
        sign.touch()
        while sign.exists():
            time.sleep(0.01)

    put, land = FolderStore.put, ingest.land

    def put_between(*arguments: Any) -> Any:
        at("fetched")
        kept = put(*arguments)
        at("kept")
        return kept

    def land_then(*arguments: Any) -> Any:
        landed = land(*arguments)
        at("landed")
        return landed

    FolderStore.put = put_between  # type: ignore[method-assign]
    ingest.land = land_then
    streamed.loading = partial(streamed.loading, at=at)  # type: ignore[assignment]
    for run in ingest.run_feed(order["feed"]):
        assert run.outcome is not None, run.refused
        Path(order["said"]).write_text(run.outcome.state)


def main() -> None:
    for line in sys.stdin:
        if line.startswith("wait "):
            print(os.waitstatus_to_exitcode(os.waitpid(int(line[5:]), 0)[1]), flush=True)
            continue
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ.update(order["environment"])
            code = 1
            try:
                journey(order)
                code = 0
            except BaseException:  # noqa: BLE001 - the child must not go on as its parent
                Path(order["said"]).write_text(traceback.format_exc())
            finally:
                os._exit(code)
        print(child, flush=True)


main()
