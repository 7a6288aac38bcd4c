"""Replays a feed's held rows and kills itself with SIGKILL at a named point of the load.

Reads lines of standard input (a JSON object: ``feed``, ``point``, ``environment``), makes a process
of each, and answers with how it ended. The point ``between`` lies between the waiver's commit and
the replay, where a row (``row``) is to be let through.
"""

import json
import os
import signal
import sys
from functools import partial
from typing import Any

import pipeline.quarantine as quarantine
import pipeline.streamed as streamed
from pipeline.replay import replay


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def work(order: dict[str, Any]) -> None:
    """Replay; the environment says where everything is."""

    def at(point: str) -> None:
        if point == order["point"]:
            kill()

    streamed.loading = partial(streamed.loading, at=at)  # type: ignore[assignment]
    if order["point"] == "between":
        quarantine.replay = lambda *_: kill()  # type: ignore[assignment]
    if "row" in order:
        quarantine.release(order["feed"], *order["row"], author="a.steward", reason="seen")
    else:
        replay(order["feed"])


for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        os.environ.update(order["environment"])
        code = 1
        try:
            work(order)
            code = 0
        finally:
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
