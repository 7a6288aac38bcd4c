"""Start, watch and stop the processes of one state folder, leaving none behind.

Each process leads a session of its own, so that Ctrl-C in the terminal reaches only us and we stop
them in order. When we are killed outright the kernel tells each of them to end
(``PR_SET_PDEATHSIG``), and what did not hear is found by the file of processes at the next start.
"""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
GRACE = 4.0
"""Seconds a process has to end by itself; the triggerer alone would take eleven."""


class Ended(Exception):
    """A process that should run has ended; the message names its log."""


class AlreadyRunning(Exception):
    """Another ``watersmeet up`` holds this state folder; the message says which."""


@dataclass(frozen=True)
class Running:
    """A process we started: its name, its handle, its log."""

    name: str
    handle: "subprocess.Popen[bytes]"
    log: Path


class Processes:
    """The processes of one state folder; a context that stops them all on the way out.

    Raises:
        AlreadyRunning: on entering, when another process holds the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.logs = folder / "logs"
        self._list = folder / "processes.json"
        self._lock = folder / "up.lock"
        self._held: IO[str] | None = None
        self._running: list[Running] = []

    def __enter__(self) -> "Processes":
        self.logs.mkdir(parents=True, exist_ok=True)
        held = self._lock.open("a+", encoding="utf-8")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            who = held.read().strip() or "unknown"
            held.close()
            raise AlreadyRunning(
                f"Watersmeet already runs on {self._lock.parent} (process {who}). "
                "Stop it with Ctrl-C there or `watersmeet down`, or give --state another folder."
            ) from None
        held.seek(0)
        held.truncate()
        held.write(f"{os.getpid()}\n")
        held.flush()
        self._held = held
        self.stop_left_over()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._held:
            self._held.truncate(0)
            self._held.close()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Running:
        """Start a process; what it prints goes to ``logs/<name>.log``."""
        log = self.logs / f"{name}.log"
        with log.open("wb") as out:
            handle = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        running = Running(name, handle, log)
        self._running.append(running)
        self._remember()
        return running

    def wait_for(self, running: Running) -> None:
        """Wait until a process that is meant to end has ended well.

        Raises:
            Ended: it failed.
        """
        code = running.handle.wait()
        self._running.remove(running)
        self._remember()
        if code != 0:
            raise Ended(_why(running, code))

    def check(self) -> None:
        """See that every process still runs.

        Raises:
            Ended: one does not.
        """
        for running in self._running:
            code = running.handle.poll()
            if code is not None:
                raise Ended(_why(running, code))

    def stop(self) -> None:
        """Stop every process started here, with all their children."""
        leaders = {running.handle.pid: _started(running.handle.pid) for running in self._running}
        _stop_sessions(leaders, lambda: [running.handle.poll() for running in self._running])
        self._running.clear()
        self._list.unlink(missing_ok=True)

    def stop_left_over(self) -> None:
        """Stop what an earlier start left behind; only processes that are still the same ones."""
        if not self._list.exists():
            return
        noted = json.loads(self._list.read_text(encoding="utf-8"))
        _stop_sessions({int(pid): started for pid, started in noted.items()}, lambda: None)
        self._list.unlink(missing_ok=True)

    def _remember(self) -> None:
        noted = {r.handle.pid: _started(r.handle.pid) for r in self._running}
        draft = self._list.with_suffix(".draft")
        draft.write_text(json.dumps(noted), encoding="utf-8")
        draft.replace(self._list)


def holder(folder: Path) -> int | None:
    """The process that holds a state folder, if one does."""
    lock = folder / "up.lock"
    if not lock.exists():
        return None
    with lock.open("r+", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            written = held.read().strip()
            return int(written) if written.isdigit() else None
        return None


def _end_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies (Linux only)."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _why(running: Running, code: int) -> str:
    ended = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    lines = running.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-12:]
    last = "\n".join(f"    {line[:300]}" for line in lines) or "    (it printed nothing)"
    return f"{running.name} {ended}. Its log is {running.log}; the last lines:\n{last}"


def _stop_sessions(leaders: Mapping[int, int | None], reap: Callable[[], object]) -> None:
    """End the leaders and everything in their sessions, gently and then not."""
    # A number that stands for another process by now is no business of ours.
    sessions = {pid for pid, started in leaders.items() if _started(pid) in (started, None)}
    members = _members(sessions)
    for pid in sessions:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline:
        reap()
        members |= _members(sessions)
        if not any(_started(pid) == started for pid, started in members):
            return
        time.sleep(0.05)
    for pid, started in members:
        if _started(pid) == started:
            _signal(pid, signal.SIGKILL)
    time.sleep(0.1)
    reap()


def _members(sessions: set[int]) -> set[tuple[int, int]]:
    """Processes of these sessions and all their descendants: (process, when it started)."""
    table = dict(_processes())
    found = {pid for pid, facts in table.items() if pid in sessions or facts.session in sessions}
    grown = True
    while grown:  # a child may have made a session of its own
        more = {pid for pid, facts in table.items() if facts.parent in found} - found
        found |= more
        grown = bool(more)
    return {(pid, table[pid].started) for pid in found}


@dataclass(frozen=True)
class _Facts:
    state: str
    parent: int
    session: int
    started: int


def _processes() -> Iterator[tuple[int, _Facts]]:
    for folder in Path("/proc").glob("[0-9]*"):
        if facts := _facts(int(folder.name)):
            yield int(folder.name), facts


def _facts(pid: int) -> _Facts | None:
    """What ``/proc`` says of a process (proc(5), fields 3, 4, 6 and 22); None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return _Facts(fields[0], int(fields[1]), int(fields[3]), int(fields[19]))


def _started(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None when it is gone or a zombie."""
    facts = _facts(pid)
    return facts.started if facts and facts.state != "Z" else None


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
