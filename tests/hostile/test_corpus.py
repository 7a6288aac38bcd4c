"""Every hostile file gets its verdict in one worker that lives on, within 512 MB and 30 seconds."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.hostile.case import Case
from tests.hostile.make import corpus

HOME = Path(__file__).resolve().parents[2]
CASES = corpus()
MOST_MEMORY, MOST_SECONDS = 512 << 20, 30
QUIET = {"read", "quarantined"}
OFTEN = 9
"""Of the damaged files, one in so many is read in every run; the bombs and one in three others."""
BOMBS = [
    "laughs-sheet1.xml.xlsx",
    "laughs.ods",
    "laughs.xml",
    "blank-300mb.xlsx",
    "overlapping.zip",
    "flat-1gb.csv.gz",
    "cells-17-billion.ods",
    "corners.xlsx",
    "deep.json",
    "deep.xml",
    "fat-cycle.xls",
    "slip-0.zip",
    "link.zip",
    "records-4-billion.dbf",
    "field-200kb.csv",
    "locked-xor.xls",
    "locked.ods",
    "spans.html",
    "bidi.csv",
    "nul.csv",
]


class Worker:
    """A process that reads files, watched with all it starts.

    Attributes:
        process: the process; the same one for the whole session.
        most: bytes of memory the largest process it started held at most since last asked, and
            what it grew by itself.
    """

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=HOME,
            text=True,
        )
        self.most = self._before = 0
        self._busy = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def read(self, path: Path, form: dict[str, Any] | None) -> tuple[dict[str, Any], float]:
        """What becomes of a file, and how many seconds that took."""
        assert self.process.stdin and self.process.stdout
        self.most, self._before = 0, _memory(psutil.Process(self.process.pid))
        began = time.monotonic()
        self._busy.set()
        self.process.stdin.write(json.dumps({"path": str(path), "form": form}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        self._busy.clear()
        assert answer, f"the worker died of {path.name}"
        return json.loads(answer), time.monotonic() - began

    def end(self) -> None:
        """Let it go."""
        self._ended.set()
        self._busy.set()
        self._thread.join()
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def _watch(self) -> None:
        own = psutil.Process(self.process.pid)
        while self._busy.wait() and not self._ended.is_set():
            try:
                largest = max((_memory(one) for one in own.children(recursive=True)), default=0)
                self.most = max(self.most, largest + _memory(own) - self._before)
            except psutil.NoSuchProcess:
                return
            time.sleep(0.02)


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.end()


def is_damaged(one: Case) -> bool:
    return one.name.startswith(("cut-", "flipped-", "blanked-", "doubled-"))


def is_often(number: int, one: Case) -> bool:
    return one.name in BOMBS or (is_damaged(one) and number % OFTEN == 0)


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(one, id=one.name, marks=() if is_often(number, one) else pytest.mark.slow)
        for number, one in enumerate(CASES)
    ],
)
def test_verdict(worker: Worker, tmp_path: Path, one: Case) -> None:
    path = tmp_path / one.name
    path.write_bytes(one.content())
    told, seconds = worker.read(path, one.form)
    assert told["verdict"] in one.verdicts
    if one.rows is not None and told["verdict"] in QUIET:
        assert told["rows"] == one.rows
    if one.same_as is not None and told["verdict"] in QUIET:
        sound = tmp_path / f"sound-{one.name}"
        sound.write_bytes(one.same_as())
        assert told["digest"] == worker.read(sound, one.form)[0]["digest"]
    assert worker.process.poll() is None
    assert worker.most <= MOST_MEMORY
    assert seconds <= MOST_SECONDS
    assert {left.name for left in tmp_path.iterdir()} <= {one.name, f"sound-{one.name}"}


def test_the_corpus_is_as_large_as_it_claims() -> None:
    assert len(CASES) >= 300
    assert {one.name for one in CASES} >= set(BOMBS)
    assert len([one for number, one in enumerate(CASES) if is_often(number, one)]) >= 40
