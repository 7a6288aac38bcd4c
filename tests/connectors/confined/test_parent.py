"""The child that parses is held to its limits, and its parent lives on whatever it does."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from connectors.confined import children, parent
from connectors.confined.child import MOST_FRAME
from connectors.confined.parent import Limits, parse_confined
from connectors.errors import Unreadable

ROOT = Path(parent.__file__).parents[2]
PARSER = """
import os, resource, subprocess, sys, time
def send(request, frames):
    {body}
"""


@pytest.fixture
def parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Parses with a parser made of some lines of Python; gives the frames."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (tmp_path / "a").write_bytes(b"x")
    usual = children.environment()
    folders = f"{ROOT}{os.pathsep}{modules}"
    monkeypatch.setattr(children, "environment", lambda: {**usual, "PYTHONPATH": folders})
    # The module is found beside the parsers, as a part of their package.
    line = "import connectors.confined as c; c.__path__.append"
    (modules / "usercustomize.py").write_text(f"{line}({str(modules)!r})\n", encoding="utf-8")
    (modules / "sitecustomize.py").write_text(f"{line}({str(modules)!r})\n", encoding="utf-8")

    def parse(body: str, limits: Limits | None = None) -> list[tuple[str, bytes]]:
        code = PARSER.format(body=body.replace("\n", "\n    "))
        (modules / "made_up.py").write_text(code, encoding="utf-8")
        children.hang_up()
        children.hang_up()  # the next nursery imports it anew
        request = {"parser": "made_up", "path": str(tmp_path / "a"), "file": "a.bin"}
        return list(parse_confined(request, "a.bin", limits))

    yield parse
    children.hang_up()


def nurseries() -> list[psutil.Process]:
    """Those of this process, among whatever else earlier tests left running."""
    mine = psutil.Process().children()
    return [one for one in mine if "connectors.confined.nursery" in one.cmdline()]


def refused(parsed: Any, body: str, limits: Limits | None = None) -> tuple[str, str]:
    with pytest.raises(Unreadable) as refusal:
        parsed(body, limits)
    assert "a.bin" in refusal.value.message
    return refusal.value.code, refusal.value.message


def test_frames_come_as_they_are_sent(parsed: Any) -> None:
    assert parsed("frames.send('S', b'{}')\nframes.send('B', b'x')") == [("S", b"{}"), ("B", b"x")]


def test_memory_is_held_to_the_limit(parsed: Any) -> None:
    limits = Limits(memory=200 << 20, seconds=20)
    at_once = "held = bytearray(2 << 30)"
    assert refused(parsed, at_once, limits)[0] == "file-too-demanding"
    bit_by_bit = "held = []\nwhile True: held.append(bytes([1]) * (1 << 20))"
    assert refused(parsed, bit_by_bit, limits)[0] == "file-too-demanding"


def test_resident_memory_is_watched_where_address_space_is_not(parsed: Any) -> None:
    """What is mapped before the limits are set is not of the parser's own asking."""
    held = "held = bytearray(b'x') * (150 << 20)\ntime.sleep(20)"
    code, message = refused(parsed, held, Limits(memory=100 << 20, seconds=20))
    assert (code, "memory" in message) == ("file-too-demanding", True)


def test_time_is_held_to_the_limit(parsed: Any) -> None:
    busy = refused(parsed, "while True: pass", Limits(seconds=1))
    idle = refused(parsed, "time.sleep(60)", Limits(seconds=1))
    for code, message in (busy, idle):
        assert (code, "time" in message) == ("file-too-demanding", True)


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the child: what holds it are its own limits."""
    monkeypatch.setattr(parent._Watch, "_look", lambda _: None)


@pytest.mark.usefixtures("unwatched")
def test_the_child_gives_up_memory_of_itself(parsed: Any) -> None:
    """A worker that is busy looks too late at a child that takes all there is at once."""
    code, message = refused(parsed, "held = bytearray(600 << 20)", Limits(memory=50 << 20))
    assert (code, "memory" in message) == ("file-too-demanding", True)
    assert parsed("held = bytearray(40 << 20)", Limits(memory=50 << 20)) == []


@pytest.mark.usefixtures("unwatched")
@pytest.mark.parametrize(
    "before", ["", "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"]
)
def test_the_child_gives_up_time_of_itself(parsed: Any, before: str) -> None:
    """Also where a parser would not hear that its time is over (SIGXCPU)."""
    body = f"{before}until = time.time() + 40\nwhile time.time() < until: pass"
    code, message = refused(parsed, body, Limits(seconds=1))
    assert code == "file-too-demanding"
    assert before or "time" in message


def test_a_child_ends_with_its_nursery(parsed: Any, tmp_path: Path) -> None:
    """Where a nursery is killed there is nobody left to end its children."""
    parsed("pass")
    (tmp_path / "modules" / "made_up.py").write_text(
        PARSER.format(body="frames.send('S', b'{}')\n    time.sleep(600)"), encoding="utf-8"
    )
    children.hang_up()
    request = {"parser": "made_up", "path": str(tmp_path / "a"), "file": "a.bin"}
    frames = parse_confined(request, "a.bin")
    next(frames)
    [nursery] = nurseries()
    [child] = nursery.children()
    nursery.kill()
    nursery.wait()
    assert is_gone(child.pid, within=10)
    frames.close()


def test_output_and_tables_are_held_to_the_limit(
    parsed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = "while True: frames.send('B', bytes(1 << 20))"
    assert "data" in refused(parsed, many, Limits(output=5 << 20))[1]
    one = f"frames._stream.write(b'B' + ({MOST_FRAME} + 1).to_bytes(8, 'little'))"
    assert "data" in refused(parsed, one)[1]
    honest = f"frames.send('B', bytes({MOST_FRAME} + 1))"
    assert "memory" in refused(parsed, honest)[1]
    monkeypatch.setattr(parent, "MOST_TABLES", 3)
    assert "tables" in refused(parsed, "for _ in range(9): frames.send('S', b'{}')")[1]


def test_files_are_not_written_and_no_core_is_left(parsed: Any, tmp_path: Path) -> None:
    target = tmp_path / "written"
    body = f"open({str(target)!r}, 'w').write('x' * 9999)"
    assert refused(parsed, body)[0] == "file-damaged"
    assert not target.exists() or target.stat().st_size == 0
    assert parsed("frames.send('B', repr(resource.getrlimit(resource.RLIMIT_CORE)).encode())") == [
        ("B", b"(0, 0)")
    ]


def test_no_privilege_is_gained(parsed: Any) -> None:
    [(_, status)] = parsed("frames.send('B', open('/proc/self/status', 'rb').read())")
    assert b"NoNewPrivs:\t1" in status


@pytest.mark.parametrize("end", ["os._exit(3)", "os.abort()", "raise RuntimeError('canary')"])
def test_a_parser_that_fails_refuses_its_file(parsed: Any, end: str) -> None:
    code, message = refused(parsed, end)
    assert code in ("file-damaged", "file-too-demanding")
    assert "canary" not in message


def test_what_the_child_starts_ends_with_it(parsed: Any) -> None:
    """A grandchild that holds the pipe open would keep the parent waiting for ever."""
    body = "subprocess.Popen(['sleep', '600'])\nos._exit(0)"
    began = time.monotonic()
    assert refused(parsed, body, Limits(seconds=2))[0] in ("file-damaged", "file-too-demanding")
    assert time.monotonic() - began < 60
    mine = psutil.Process().children(recursive=True)
    assert not [one for one in mine if one.name() == "sleep"]


def test_what_a_child_that_ends_well_has_started_ends_with_it(parsed: Any) -> None:
    """A parser's own program may outlive it, and go on with the file when nobody waits for it."""
    body = "frames.send('B', str(subprocess.Popen(['sleep', '600']).pid).encode())"
    [(_, told)] = parsed(body)
    assert is_gone(int(told))


def test_what_a_child_has_started_ends_with_the_nursery(parsed: Any, tmp_path: Path) -> None:
    parsed("pass")
    start = "frames.send('B', str(subprocess.Popen(['sleep', '600']).pid).encode())"
    body = f"{start}\n    time.sleep(600)"
    (tmp_path / "modules" / "made_up.py").write_text(PARSER.format(body=body), encoding="utf-8")
    children.hang_up()
    request = {"parser": "made_up", "path": str(tmp_path / "a"), "file": "a.bin"}
    frames = parse_confined(request, "a.bin")
    _, told = next(frames)
    assert not is_gone(int(told), within=0)
    children.hang_up()
    assert is_gone(int(told))
    frames.close()


def is_gone(process: int, within: float = 20) -> bool:
    """Whether a process ends, or waits for nothing but to be waited for."""
    until = time.monotonic() + within
    while True:
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(process).status() != psutil.STATUS_ZOMBIE:
                if time.monotonic() > until:
                    return False
                time.sleep(0.02)
                continue
        return True


def test_no_child_is_left_behind(parsed: Any) -> None:
    parsed("pass")
    frames = parse_confined({"parser": "workbooks.sheets", "path": __file__, "file": "a"}, "a")
    with pytest.raises(Unreadable):
        next(frames)
    [nursery] = nurseries()
    assert nursery.children() == []
    children.hang_up()
    assert not nurseries()


def test_a_child_that_is_not_read_to_its_end_ends(parsed: Any, tmp_path: Path) -> None:
    parsed("pass")
    (tmp_path / "modules" / "made_up.py").write_text(
        PARSER.format(body="frames.send('S', b'{}')\n    time.sleep(600)"), encoding="utf-8"
    )
    children.hang_up()
    request = {"parser": "made_up", "path": str(tmp_path / "a"), "file": "a.bin"}
    frames = parse_confined(request, "a.bin")
    assert next(frames) == ("S", b"{}")
    frames.close()
    [nursery] = nurseries()
    assert nursery.children() == []


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    """Case 1 and its like: a worker that is killed leaves no parser running."""
    script = tmp_path / "worker.py"
    script.write_text(
        "import sys, time\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from connectors.confined import parent\n"
        "from connectors.confined import children\n"
        "usual = children.environment()\n"
        f"usual['PYTHONPATH'] += ':' + {str(tmp_path)!r}\n"
        "children.environment = lambda: usual\n"
        f"request = dict(parser='slow', path={str(script)!r}, file='a')\n"
        "frames = parent.parse_confined(request, 'a')\n"
        "next(frames)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n",
        encoding="utf-8",
    )
    for name in ("sitecustomize", "usercustomize"):
        (tmp_path / f"{name}.py").write_text(
            f"import connectors.confined as c; c.__path__.append({str(tmp_path)!r})\n"
        )
    (tmp_path / "slow.py").write_text(
        "import time\n"
        "def send(request, frames):\n"
        "    frames.send('S', b'{}')\n"
        "    time.sleep(600)\n"
    )
    worker = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"ready\n"
    [nursery, child] = psutil.Process(worker.pid).children(recursive=True)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    psutil.wait_procs([nursery, child], timeout=20)
    for one in (nursery, child):
        assert not one.is_running() or one.status() == psutil.STATUS_ZOMBIE


def test_a_nursery_that_died_is_replaced(parsed: Any) -> None:
    path = Path(__file__)
    parsed("pass")
    [nursery] = nurseries()
    nursery.kill()
    nursery.wait()
    with pytest.raises(Unreadable) as refusal:
        list(parse_confined({"parser": "workbooks.sheets", "path": str(path), "file": "a"}, "a"))
    assert refusal.value.code == "file-damaged"
    [another] = nurseries()
    assert another.pid != nursery.pid


def test_a_fork_of_the_worker_has_a_nursery_of_its_own(parsed: Any) -> None:
    """Airflow forks its tasks: two of them may not talk on one line."""
    parsed("pass")
    [mine] = nurseries()
    fork = os.fork()
    if fork == 0:
        told = 1
        try:
            with pytest.raises(Unreadable):
                list(
                    parse_confined(
                        {"parser": "workbooks.sheets", "path": __file__, "file": "a"}, "a"
                    )
                )
            [own] = nurseries()
            told = 0 if own.pid != mine.pid else 2
            children.hang_up()
        finally:
            os._exit(told)
    assert os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]) == 0
    assert mine.is_running()


def test_several_files_are_parsed_at_a_time(parsed: Any, tmp_path: Path) -> None:
    parsed("pass")
    body = "for i in range(200): frames.send('B', str(i).encode())"
    code = PARSER.format(body=body)
    (tmp_path / "modules" / "made_up.py").write_text(code, encoding="utf-8")
    children.hang_up()
    request = {"parser": "made_up", "path": str(tmp_path / "a"), "file": "a"}

    def one(_: int) -> list[bytes]:
        return [payload for _, payload in parse_confined(request, "a")]

    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(one, range(12)):
            assert found == [str(i).encode() for i in range(200)]


def test_limits_grow_with_the_file_up_to_a_cap() -> None:
    small, large, largest = (Limits.of(size << 20) for size in (1, 20, 2000))
    assert small.memory < large.memory < largest.memory == Limits().memory
    assert small.seconds < large.seconds < largest.seconds == Limits().seconds
    assert Limits.of(3 << 20).memory < 450 << 20
    assert Limits.streaming(1 << 30).memory <= 400 << 20
