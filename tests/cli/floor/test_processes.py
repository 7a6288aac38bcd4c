"""Processes are stopped with their children, whatever way we end ourselves."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.floor.processes import AlreadyRunning, Ended, Processes, holder

ROOT = Path(__file__).resolve().parents[3]
# A leader that ignores requests to end, with a child in a session of its own.
STUBBORN = textwrap.dedent(
    """
    import pathlib, signal, subprocess, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    pathlib.Path(sys.argv[1]).write_text(str(child.pid))
    time.sleep(600)
    """
)


@pytest.fixture(autouse=True)
def _little_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.floor.processes.GRACE", 0.5)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(happened: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def number_in(path: Path) -> int:
    until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


def test_a_stubborn_process_and_its_child_are_stopped(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        command = [sys.executable, "-c", STUBBORN, str(tmp_path / "child")]
        leader = processes.start("stubborn", command, os.environ)
        child = number_in(tmp_path / "child")
        processes.check()
    assert not alive(leader.handle.pid) and not alive(child)


def test_a_process_that_ends_by_itself_is_told_with_its_log(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        failing = processes.start("failing", ["sh", "-c", "echo no room; exit 3"], os.environ)
        failing.handle.wait()
        with pytest.raises(Ended, match=r"failing ended with code 3.*failing\.log") as told:
            processes.check()
    assert "no room" in str(told.value)


def test_one_folder_is_held_by_one(tmp_path: Path) -> None:
    with Processes(tmp_path):
        assert holder(tmp_path) == os.getpid()
        with pytest.raises(AlreadyRunning, match=str(os.getpid())), Processes(tmp_path):
            pass
    assert holder(tmp_path) is None
    with Processes(tmp_path):
        pass


def test_what_a_killed_start_left_behind_is_stopped_at_the_next(tmp_path: Path) -> None:
    starter = textwrap.dedent(
        """
        import os, pathlib, sys, time
        from cli.floor.processes import Processes
        folder = pathlib.Path(sys.argv[1])
        processes = Processes(folder).__enter__()
        started = processes.start("stubborn", [sys.executable, "-c", sys.argv[2],
                                  str(folder / "child")], os.environ)
        (folder / "leader").write_text(str(started.handle.pid))
        time.sleep(600)
        """
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", starter, str(tmp_path), STUBBORN], cwd=ROOT, env=os.environ
    )
    leader, child = number_in(tmp_path / "leader"), number_in(tmp_path / "child")
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert alive(child), "nobody has stopped it yet"
    with Processes(tmp_path):
        assert not alive(leader) and not alive(child)


def test_a_process_that_listens_ends_when_we_are_killed(tmp_path: Path) -> None:
    starter = textwrap.dedent(
        """
        import os, pathlib, sys, time
        from cli.floor.processes import Processes
        folder = pathlib.Path(sys.argv[1])
        started = Processes(folder).__enter__().start("sleep", ["sleep", "600"], os.environ)
        (folder / "leader").write_text(str(started.handle.pid))
        time.sleep(600)
        """
    )
    killed = subprocess.Popen([sys.executable, "-c", starter, str(tmp_path)], cwd=ROOT)
    leader = number_in(tmp_path / "leader")
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    until(lambda: not alive(leader))


def test_a_number_that_now_means_another_process_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        (tmp_path / "processes.json").write_text(f'{{"{other.pid}": 1}}')
        with Processes(tmp_path):
            assert alive(other.pid)
    finally:
        other.kill()
        other.wait()
