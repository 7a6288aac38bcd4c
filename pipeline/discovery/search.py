"""Searches a place: walks it, looks into what is new, and tells what is there twice."""

import base64
import fcntl
import fnmatch
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from contracts.declarations import contracts_root
from pipeline.discovery.crew import LIMIT, SECONDS, Crew, Done, Task
from pipeline.discovery.ground import Ground
from pipeline.discovery.looked import FileLook
from pipeline.discovery.notebook import Notebook
from pipeline.discovery.places import ground_of
from pipeline.discovery.sighting import Obstacle, Sighting
from pipeline.discovery.twins import near_pairs

Phase = Literal["walk", "look", "hash", "compare"]
Watch = Callable[[Phase, int, int | None], None]
"""Told the phase, how far it is, and how far it goes, where that is known."""

_KEPT_EVERY = 1.0


class SearchUnderWay(Exception):
    """Another search of the same place is under way."""


@dataclass(frozen=True)
class Request:
    """What to search, and how.

    Attributes:
        place: a folder, or a connection with or without ``:path``.
        patterns: of names (or of paths, where they hold a ``/``); all files where there are none.
        fresh: forget what is known from searches before.
        workers: how many files are looked into at once.
        limit: bytes from which on a file is sampled.
        seconds: that a file may take.
    """

    place: str
    patterns: tuple[str, ...] = ()
    fresh: bool = False
    workers: int = 2
    limit: int = LIMIT
    seconds: int = SECONDS


@dataclass
class Search:
    """A search under way, or done.

    Attributes:
        passed_over: files whose names are of none of the patterns.
        fresh_looks: files that were looked into this time.
    """

    ground: Ground
    notebook: Notebook
    request: Request
    state: Path
    passed_over: int = 0
    fresh_looks: int = 0
    _kept_at: float = field(default_factory=time.monotonic)

    def run(self, watch: Watch) -> None:
        """Search. Ended at any moment, it goes on from there the next time.

        Raises:
            Unreachable: the place cannot be read.
        """
        for place, _ in enumerate(self.notebook.walked(self._chosen()), 1):
            watch("walk", place, None)
        crew = Crew(
            self.ground,
            self.state / "scratch",
            seed=self.notebook.seed,
            number=self.request.workers,
            limit=self.request.limit,
            seconds=self.request.seconds,
        )
        with crew:
            self._look(crew, watch)
            self._hash(crew, watch)
        watch("compare", 0, None)
        rows = self.notebook.sketches()
        self.notebook.note_pairs(list(near_pairs(rows, self.notebook.sketch)))
        self.notebook.keep()

    def _chosen(self) -> Iterator[Sighting | Obstacle]:
        self.passed_over = 0
        for one in self.ground.walk():
            if isinstance(one, Sighting) and not _matches(one.path, self.request.patterns):
                self.passed_over += 1
            else:
                yield one

    def _look(self, crew: Crew, watch: Watch) -> None:
        _, total = self.notebook.count()
        tasks = (Task(one.path, one.size) for one in self.notebook.waiting())
        watch("look", 0, total)
        for number, done in enumerate(crew.work(tasks), 1):
            assert done.look is not None, "a look gives a look"
            look, sketches = _apart(done.look)
            self.notebook.note_look(done.task.path, look, sketches)
            self.fresh_looks += 1
            self._keep_now_and_then()
            watch("look", number, total)
        self.notebook.keep()

    def _hash(self, crew: Crew, watch: Watch) -> None:
        """Hash those files whole that may be the same as another."""
        twins = list(self.notebook.likely_twins())
        total = sum(one.size for one in twins)
        done_bytes = 0
        watch("hash", 0, total)
        done: Done
        for done in crew.work(Task(one.path, one.size, "hash") for one in twins):
            self.notebook.note_sha256(done.task.path, done.sha256)
            done_bytes += done.task.size
            self._keep_now_and_then()
            watch("hash", done_bytes, total)
        self.notebook.keep()

    def _keep_now_and_then(self) -> None:
        now = time.monotonic()
        if now - self._kept_at > _KEPT_EVERY:
            self.notebook.keep()
            self._kept_at = now


@contextmanager
def searching(request: Request, state: Path) -> Iterator[Search]:
    """A search of a place, to be run; what it has found is kept, however it ends.

    Raises:
        Unreachable: there is no such place.
        SearchUnderWay: somebody searches it already.
    """
    ground = ground_of(request.place)
    key = "\0".join((ground.key, *sorted(request.patterns)))
    with _alone(state, key, request.place):
        notebook = Notebook(state, key, _looked_by(request), fresh=request.fresh)
        try:
            yield Search(ground, notebook, request, state)
        finally:
            notebook.close()
            ground.close()


@contextmanager
def _alone(state: Path, key: str, place: str) -> Iterator[None]:
    folder = state / "discovery"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (
        folder / f"{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:24]}.lock"
    )
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SearchUnderWay(
                f"{place} is being searched already; wait until that has ended"
            ) from None
        yield


def _matches(path: str, patterns: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    return not patterns or any(
        fnmatch.fnmatchcase((path if "/" in one else name).casefold(), one.casefold())
        for one in patterns
    )


def _apart(look: FileLook) -> tuple[FileLook, list[tuple[int, bytes]]]:
    """A look, and the sketches of its tables, which are kept beside it."""
    sketches = [(one.distinct, base64.b64decode(one.sketch)) for one in look.tables]
    bare = [replace(one, sketch="") for one in look.tables]
    return replace(look, tables=bare), sketches


def _looked_by(request: Request) -> str:
    """What looks depend on beside the files: contracts, code lists, and from where on files are
    sampled. Where one of them changes, everything is looked at anew."""
    whole = hashlib.sha256(str(request.limit).encode())
    root = contracts_root()
    for path in sorted([*root.glob("datasets/*.py"), *root.glob("registers/codes/**/*.csv")]):
        whole.update(path.read_bytes())
    return whole.hexdigest()
