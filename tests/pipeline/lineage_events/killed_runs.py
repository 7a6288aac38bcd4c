"""Takes a feed's new deliveries the whole way and kills itself with SIGKILL at a named point.

Reads lines of standard input (a JSON object: ``feed``, ``point``, ``environment``), makes a process
of each, and answers with how it ended. A process that has worked has threads, and must not be
forked; this one never works itself.
"""

import json
import os
import signal
import sys
from functools import partial
from typing import Any

import pipeline.lineage_events.send as sending
import pipeline.streamed as streamed
from pipeline.ingest import run_feed


def work(order: dict[str, Any]) -> None:
    """Run, or send; the environment says where everything is."""

    def at(point: str) -> None:
        if point == order["point"]:
            os.kill(os.getpid(), signal.SIGKILL)

    def mark(*_: object) -> str:
        at("sent")
        raise AssertionError("it should be dead")

    if order["point"] == "sent":
        sending._mark = mark
        sending.send(now=True)
    else:
        streamed.loading = partial(streamed.loading, at=at)  # type: ignore[assignment]
        run_feed(order["feed"])


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
