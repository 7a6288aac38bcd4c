"""Looks into many files at once: a thread brings each file, a process of its own looks into it."""

import hashlib
import json
import os
import queue
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from connectors.errors import Unreachable
from pipeline.discovery.ground import Ground
from pipeline.discovery.look import Asked
from pipeline.discovery.looked import FileLook
from pipeline.discovery.sampling import are_lines, fingerprint, sample_lines
from pipeline.discovery.sighting import shown

SECONDS = 60
"""Seconds a file may take to be looked into."""
LIMIT = 32 << 20
"""Bytes: longer files of lines are sampled, and longer ones of other kinds not fetched."""
_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Task:
    """A file to be looked into, or to be hashed whole."""

    path: str
    size: int
    what: Literal["look", "hash"] = "look"


@dataclass(frozen=True)
class Done:
    """What became of a task: what was seen, or the SHA-256."""

    task: Task
    look: FileLook | None = None
    sha256: str | None = None


class Crew:
    """Workers over one ground.

    Args:
        number: how many look at once.
        seed: of the hashes of records.
        limit: bytes from which on a file is sampled.
        seconds: that a file may take.
        scratch: a folder for copies, which is made and cleared away.
    """

    def __init__(
        self,
        ground: Ground,
        scratch: Path,
        *,
        seed: int,
        number: int = 2,
        limit: int = LIMIT,
        seconds: int = SECONDS,
    ) -> None:
        self._ground, self._number, self._limit = ground, max(1, number), limit
        self._seed, self._seconds = seed, seconds
        scratch.mkdir(parents=True, exist_ok=True)
        self._scratch = Path(tempfile.mkdtemp(prefix="discovery-", dir=scratch))
        self._todo: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | BaseException] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._workers = [_Worker(seed, seconds) for _ in range(self._number)]
        self._threads = [
            threading.Thread(target=self._serve, args=(worker,), daemon=True)
            for worker in self._workers
        ]

    def __enter__(self) -> "Crew":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for _thread in self._threads:
            self._todo.put(None)
        for worker in self._workers:
            worker.stop()
        for thread in self._threads:
            thread.join(timeout=5)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def work(self, tasks: Iterable[Task]) -> Iterator[Done]:
        """Do tasks, in any order; only a few are taken ahead."""
        under_way = 0
        for task in tasks:
            self._todo.put(task)
            under_way += 1
            if under_way >= 8 * self._number:
                yield self._next()
                under_way -= 1
        for _ in range(under_way):
            yield self._next()

    def _next(self) -> Done:
        done = self._done.get()
        if isinstance(done, BaseException):
            raise done
        return done

    def _serve(self, worker: "_Worker") -> None:
        own = Path(tempfile.mkdtemp(dir=self._scratch))
        while (task := self._todo.get()) is not None and not self._stopping.is_set():
            try:
                done = (
                    self._hashed(task) if task.what == "hash" else self._looked(task, own, worker)
                )
                self._done.put(done)
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                self._done.put(error)
                return
        worker.stop()

    def _hashed(self, task: Task) -> Done:
        whole = hashlib.sha256()
        try:
            with self._ground.opened(task.path, task.size) as content:
                while (chunk := content.read(_CHUNK)) and not self._stopping.is_set():
                    whole.update(chunk)
        except (OSError, Unreachable):
            return Done(task)
        return Done(task, sha256=whole.hexdigest())

    def _looked(self, task: Task, own: Path, worker: "_Worker") -> Done:
        try:
            asked = self._brought(task, own)
        except OSError as error:
            return Done(task, _unread("file-unreadable", _said(error)))
        except Unreachable as error:
            return Done(task, _unread(error.code, error.message))
        if isinstance(asked, FileLook):
            return Done(task, asked)
        answer = worker.ask(asdict(asked))
        for left in own.iterdir():
            left.unlink(missing_ok=True)
        return Done(task, self._told(answer))

    def _told(self, answer: dict[str, Any]) -> FileLook:
        if "look" in answer:
            return FileLook.from_json(answer["look"])
        if "unreadable" in answer:
            return _unread("file-unreadable", f"It cannot be read: {answer['unreadable']}.")
        if "failed" in answer:
            return _unread(
                "file-damaged", f"It could not be read to its end ({answer['failed']}): damaged?"
            )
        what = {
            "memory": "more memory than a file is allowed",
            "time": f"more than the {self._seconds} seconds a file is allowed",
        }.get(answer["lost"], "more than a file is allowed")
        return _unread("file-too-demanding", f"It takes {what} to look into.")

    def _brought(self, task: Task, own: Path) -> Asked | FileLook:
        """The file on this machine: itself, its copy, or a sample of its lines."""
        name = shown(task.path.rpartition("/")[2])
        local = self._ground.local(task.path)
        if task.size <= self._limit:
            if local is None:
                local = own / "whole"
                with self._ground.opened(task.path, task.size) as content:
                    _copy(content, local, self._limit)
            return Asked(str(local), name, task.size)
        with self._ground.opened(task.path, task.size) as content:
            lines = are_lines(content, own)
        if not lines and local is not None:
            return Asked(str(local), name, task.size)
        with self._ground.opened(task.path, task.size) as content:
            mark = fingerprint(content, task.size)
        if not lines:
            return _unread(
                "file-too-long",
                f"It is longer than {self._limit >> 20:,} MB and no text, and was not fetched; "
                "raise --limit-bytes to have it looked into.",
                mark,
            )
        sample = own / "sample"
        with self._ground.opened(task.path, task.size) as content:
            size = sample_lines(content, task.size, sample)
        return Asked(str(sample), name, task.size, size, mark)


class _Worker:
    """A process, started when there is something to ask, and again after it was lost."""

    def __init__(self, seed: int, seconds: int) -> None:
        self._seed, self._seconds = seed, seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Its answer, or what it was lost to."""
        if self._process is None:
            self._process = self._started()
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], self._seconds)
            line = process.stdout.readline() if ready else b""
        except (OSError, ValueError):
            ready, line = [process.stdout], b""  # it has gone, or was ended meanwhile
        if line.endswith(b"\n"):
            answer: dict[str, Any] = json.loads(line)
            if answer.get("lost") == "memory":
                self._end()  # what it holds on to would be missing for the next file
            return answer
        self._end()
        return {"lost": "crash" if ready else "time"}

    def stop(self) -> None:
        """End it for good."""
        self._stopped = True
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for one in (*_children(process.pid), process.pid):
            with suppress(ProcessLookupError):
                os.killpg(one, signal.SIGKILL)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        process.wait()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._stopped:
            raise RuntimeError("the crew has gone home")
        command = [sys.executable, "-m", "pipeline.discovery.worker"]
        process = subprocess.Popen(
            [*command, str(self._seed), str(self._seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd=_ROOT,
            start_new_session=True,
        )
        assert process.stdout is not None
        if not process.stdout.readline():
            process.wait()
            raise RuntimeError("the process that looks into files does not start")
        return process


def _children(process: int) -> list[int]:
    """What parses for a worker, in a group of its own."""
    try:
        told = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(one) for one in told.split()]


def _environment() -> dict[str, str]:
    """What a worker needs, and no secret."""
    kept = ("PATH", "TMPDIR", "WATERSMEET_CONTRACTS")
    contracts = os.environ.get("WATERSMEET_CONTRACTS")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        **({"WATERSMEET_CONTRACTS": str(Path(contracts).absolute())} if contracts else {}),
        "PYTHONPATH": str(_ROOT),
        "LC_ALL": "C.UTF-8",
        # Files are looked into side by side; threads within one would only get in the way.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "POLARS_MAX_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "2",
    }


def _copy(content: Any, into: Path, most: int) -> None:
    """Copy a file that may have grown since it was listed, but not without end."""
    with into.open("wb") as copy:
        left = most + _CHUNK
        while left > 0 and (chunk := content.read(min(_CHUNK, left))):
            left -= copy.write(chunk)


def _said(error: OSError) -> str:
    return f"It cannot be read: {error.strerror or type(error).__name__}."


def _unread(code: str, problem: str, mark: str = "") -> FileLook:
    return FileLook("unknown", "not told", mark, code=code, problem=problem)
