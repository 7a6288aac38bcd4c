"""A process that looks into one file after the other, and may use only so much memory and time.

Reads requests and writes answers as lines of JSON. Where a file breaks it, the crew notes so and
starts another. What parses untrusted structure runs in a child of its own, as for deliveries.
"""

import json
import os
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contracts.declarations import load
from pipeline.discovery.look import Asked, look
from pipeline.discovery.resemblance import Likeness

MEMORY = 1 << 30
"""Bytes of address space it may use beyond those it starts with."""


def main() -> None:
    """Serve until there are no more requests."""
    # What a library may print must not get among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    seed, seconds = int(sys.argv[1]), int(sys.argv[2])
    declared = load()
    likeness = Likeness(declared.datasets, declared.code_schemes)
    _confine()
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        # Should nobody be left who looks at the clock.
        signal.alarm(2 * seconds)
        answers.write(json.dumps(_answer(json.loads(line), likeness, seed)) + "\n")
        answers.flush()
        signal.alarm(0)


def _answer(request: dict[str, Any], likeness: Likeness, seed: int) -> dict[str, Any]:
    try:
        return {"look": asdict(look(Asked(**request), likeness, seed))}
    except MemoryError:
        return {"lost": "memory"}
    except OSError as error:
        return {"unreadable": error.strerror or type(error).__name__}
    except Exception as error:  # noqa: BLE001 - a reader that fails on one file fails on that one
        return {"failed": type(error).__name__}


def _confine() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
