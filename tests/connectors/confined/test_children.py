"""The nursery of a worker: started anew where it died, ended with its worker, left by a fork."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from connectors.confined import children
from connectors.confined.parent import parse_confined
from connectors.errors import Unreadable

REQUEST = {"parser": "workbooks.sheets", "path": __file__, "file": "a"}


@pytest.fixture
def nursery() -> Iterator[psutil.Process]:
    """The nursery of this process, which has parsed a file already."""
    children.hang_up()
    assert refused() == "file-damaged"
    [one] = nurseries()
    yield one
    children.hang_up()


def nurseries() -> list[psutil.Process]:
    mine = psutil.Process().children()
    return [one for one in mine if "connectors.confined.nursery" in one.cmdline()]


def refused() -> str:
    """What this file, which is no workbook, is refused for by a parser of workbooks."""
    with pytest.raises(Unreadable) as refusal:
        list(parse_confined(REQUEST, "a"))
    return refusal.value.code


def test_a_nursery_that_dies_before_it_answers_is_replaced(nursery: psutil.Process) -> None:
    told: list[str] = []
    nursery.send_signal(signal.SIGSTOP)
    asking = threading.Thread(target=lambda: told.append(refused()))
    asking.start()
    time.sleep(0.5)  # it has asked, and waits
    nursery.kill()
    asking.join(60)
    assert told == ["file-damaged"]
    [another] = nurseries()
    assert another.pid != nursery.pid


def test_nothing_is_kept_open_of_a_file_or_of_a_nursery_that_died(nursery: psutil.Process) -> None:
    before = psutil.Process().num_fds()
    for _ in range(3):
        assert refused() == "file-damaged"
    assert psutil.Process().num_fds() == before
    held = children.nursery()  # as a file that is still read would
    nursery.kill()
    nursery.wait()
    assert refused() == "file-damaged"
    assert psutil.Process().num_fds() == before
    assert held is not children.nursery()


def test_a_fork_does_not_keep_the_nursery_of_its_worker_alive(nursery: psutil.Process) -> None:
    held = children.nursery()  # as a file that is still read would
    ours, theirs = os.pipe()
    fork = os.fork()
    if fork == 0:
        os.close(theirs)
        os.read(ours, 1)  # until the worker lets go
        os._exit(0 if held else 1)
    try:
        children.hang_up()
        assert not nurseries()
    finally:
        os.close(theirs)
        os.close(ours)
        os.waitpid(fork, 0)
