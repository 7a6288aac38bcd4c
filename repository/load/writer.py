"""Writes to the database on a thread of its own, while the next batch is being worked."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from repository.problems import values_withheld

T = TypeVar("T")

AHEAD = 2


class Writer:
    """Does jobs one after another on one thread; at most two wait while a third is done."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watersmeet-load")
        self._room = threading.Semaphore(AHEAD + 1)
        self._last: Future[None] | None = None
        self._failure: BaseException | None = None

    def put(self, job: Callable[[], None]) -> None:
        """Have a job done, waiting for room.

        Raises:
            repository.problems.DatabaseProblem: a job before this one failed in the database.
        """
        self._room.acquire()
        if self._failure is not None:
            self._room.release()
            raise self._failure
        self._last = self._thread.submit(self._do, job)

    def drain(self) -> None:
        """Wait until all jobs are done; raises what :meth:`put` raises."""
        if self._last is not None:
            self._last.result()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Give up what waits, wait for what is under way."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _do(self, job: Callable[[], None]) -> None:
        try:
            if self._failure is None:
                with values_withheld():
                    job()
        # Whatever it is, it is raised on the thread that put the job or waits for it.
        except BaseException as failure:  # noqa: BLE001
            self._failure = failure
        finally:
            self._room.release()
