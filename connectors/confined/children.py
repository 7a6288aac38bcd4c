"""The worker's side of the nursery: one for each process, started when the first file comes."""

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 64 << 10


class Nursery:
    """A process that starts children (:mod:`connectors.confined.nursery`)."""

    def __init__(self) -> None:
        # Messages keep their ends here, unlike on a stream.
        self._line, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "connectors.confined.nursery", str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
                cwd=_ROOT,
                start_new_session=True,
            )
        self._asked = threading.Lock()

    def start(self, request: dict[str, Any]) -> tuple[int, int]:
        """Starts a child for a request: its number, and the end of the pipe its frames come from.

        Raises:
            OSError: the nursery has died.
        """
        ours, theirs = os.pipe()
        try:
            answer = self._ask({"start": request}, theirs)
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return int(answer["child"]), ours

    def end(self, child: int) -> int:
        """Kills a child with whatever it started; its exit code, or below nought a signal."""
        try:
            return int(self._ask({"end": child})["code"])
        except OSError:
            return 0  # A nursery that died took its children with it.

    @property
    def process(self) -> int:
        """The number of the process."""
        return self._process.pid

    def let_go(self, child: int) -> None:
        """Ends a child that has sent all it had to; how it ends, and when, matters to nobody."""
        with suppress(OSError), self._asked:
            self._line.send(json.dumps({"let_go": child}).encode())

    def hang_up(self) -> None:
        """Ends the nursery and its children."""
        self._line.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)

    def forget(self) -> None:
        """In a fork of the worker: the nursery is the worker's, and is not to be kept alive."""
        self._line.close()
        self._process.returncode = 0

    def _ask(self, what: dict[str, Any], handle: int | None = None) -> dict[str, Any]:
        message = json.dumps(what).encode()
        with self._asked:
            socket.send_fds(self._line, [message], [handle] if handle is not None else [])
            answer = self._line.recv(_LONGEST)
        if not answer:
            raise ConnectionResetError("the nursery has died")
        told: dict[str, Any] = json.loads(answer)
        return told


_nursery: Nursery | None = None
_made = threading.Lock()


def nursery(*, anew: bool = False) -> Nursery:
    """The nursery of this process.

    Args:
        anew: the one there was has died.
    """
    global _nursery
    with _made:
        if anew and _nursery is not None:
            _nursery.hang_up()
            _nursery = None
        if _nursery is None:
            _nursery = Nursery()
        return _nursery


def hang_up() -> None:
    """End the nursery of this process, where there is one."""
    global _nursery
    with _made:
        if _nursery is not None:
            _nursery.hang_up()
        _nursery = None


def _forget() -> None:
    global _nursery, _made
    if _nursery is not None:
        _nursery.forget()
    _nursery, _made = None, threading.Lock()


def environment() -> dict[str, str]:
    """What a parser is told of the world: no secret of the worker's is in it."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        # One thread and one arena each: otherwise address space is reserved that is never used.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "2",
    }


atexit.register(hang_up)
os.register_at_fork(after_in_child=_forget)
