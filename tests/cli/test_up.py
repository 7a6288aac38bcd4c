"""``watersmeet up``, for real: every delivery reconciled, and nothing left behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from cli.floor.processes import holder
from repository.server import Server

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "cli.main"]
READY = "Ctrl-C stops everything."
FEEDS = {
    "northmoor/spend",
    "eastvale-nhs/spend",
    "works/spend",
    "northmoor/school_census",
    "eastvale/school_census",
    "northmoor/meal_eligibility",
}

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(480)]


def up(state: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    asked = [*COMMAND, "up", "--state", str(state), "--once", *more]
    return subprocess.run(
        asked, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )


def environment() -> dict[str, str]:
    """The environment a newcomer has: nothing of ours or of Airflow's in it."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("AIRFLOW", "WATERSMEET_"))}
    return {**kept, "WATERSMEET_TEST_NO_FSYNC": "1"}


def of_state(state: Path) -> list[str]:
    """Processes whose environment or command names the state folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(state).encode() in said and process.name != str(os.getpid()):
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:120])
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """A running Watersmeet: state folder, Airflow's address, what was printed."""
    state = tmp_path_factory.mktemp("up") / "state"
    log = state.with_name("up.log")
    asked = [*COMMAND, "up", "--state", str(state), "--rows", "600"]
    with log.open("wb") as out:
        started = subprocess.Popen(
            asked, cwd=ROOT, env=environment(), stdout=out, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 400
        while READY not in log.read_text(encoding="utf-8"):
            assert started.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.2)
        said = log.read_text(encoding="utf-8")
        url = next(word for word in said.split() if word.startswith("http://127.0.0.1:"))
        yield state, url, said
        started.send_signal(signal.SIGINT)
        started.wait(60)
        assert of_state(state) == [], "nothing is left running"
        again = up(state, "--rows", "600")
        assert again.returncode == 0, again.stdout + again.stderr
        assert "Nothing new: all 6 deliveries" in again.stdout
        assert "Airflow 3" not in again.stdout, "it is said without Airflow's start"
    finally:
        started.kill()
        started.wait()
        subprocess.run([*COMMAND, "down", "--remove", "--state", str(state)], cwd=ROOT, check=False)


def test_every_feed_is_delivered_and_reconciled(running: tuple[Path, str, str]) -> None:
    state, _, said = running
    urls = Server(state).urls()
    assert urls is not None
    with psycopg.connect(urls.watersmeet.replace("+psycopg", "")) as conn:
        made = conn.execute(
            "SELECT f.name, d.run_id LIKE 'manual__%' FROM watersmeet.delivery d"
            " JOIN watersmeet.feed f USING (feed_id)"
        ).fetchall()
    assert dict(made) == dict.fromkeys(FEEDS, True) and len(made) == len(FEEDS)
    for feed in FEEDS:
        assert f"  {feed}  " in said, "one line a delivery"
    assert " NO " not in said


def test_the_login_it_prints_works_and_secrets_are_private(
    running: tuple[Path, str, str],
) -> None:
    state, url, said = running
    password = json.loads((state / "airflow/passwords.json").read_text())["admin"]
    assert password in said
    answer = httpx.post(f"{url}/auth/token", json={"username": "admin", "password": password})
    assert answer.status_code == 201
    assert httpx.get(f"{url}/deliveries/").status_code == 401
    for private in ("airflow/airflow.cfg", "airflow/passwords.json", "connections.json", "pgpass"):
        assert (state / private).stat().st_mode & 0o077 == 0, private


def test_the_queries_it_prints_can_be_run(running: tuple[Path, str, str]) -> None:
    _, _, said = running
    queries = [line for line in said.splitlines() if "/psql " in line]
    assert len(queries) == 3
    for query in queries:
        done = subprocess.run(
            query.strip(), shell=True, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "(0 rows)" not in done.stdout, query


def test_operations_see_their_feeds_in_a_browser(running: tuple[Path, str, str]) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("NOT TRIED: no chromium on this machine; apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    state, url, _ = running
    password = json.loads((state / "airflow/passwords.json").read_text())["viewer"]
    with sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{url}/auth/login?next=/")
        page.get_by_role("textbox").first.fill("viewer")
        page.locator("input[type=password]").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "/auth/" not in address)

        page.goto(f"{url}/dags")
        title = "Northmoor Council, school census"
        expect(page.get_by_role("link", name=title).first).to_be_visible(timeout=30_000)
        page.goto(f"{url}/dags/northmoor__spend")
        expect(page.get_by_text("spend-transparency").first).to_be_visible(timeout=30_000)

        page.goto(f"{url}/deliveries/")
        for feed in ("Northmoor Council, payments over £500", "Eastvale Council, school census"):
            expect(page.get_by_text(feed).first).to_be_visible()
        page.goto(f"{url}/deliveries/kitemarks")
        expect(page.get_by_text("Northmoor Council, payments over £500").first).to_be_visible()
        expect(page.get_by_text("too early to say")).to_have_count(len(FEEDS))
        for name in ("held", "quarantine", "codes"):
            answer = page.goto(f"{url}/deliveries/{name}")
            assert answer is not None and answer.status == 200, name
        page.goto(f"{url}/deliveries/")
        wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.set_viewport_size({"width": 360, "height": 800})
        narrow = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert wide and narrow, "no page scrolls sideways"
        browser.close()


def test_a_second_up_on_the_same_folder_is_refused(running: tuple[Path, str, str]) -> None:
    state, _, _ = running
    second = up(state)
    assert second.returncode == 2
    assert f"(process {holder(state)})" in second.stderr


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = up(tmp_path / "state", "--port", str(other.getsockname()[1]))
    assert done.returncode == 2
    assert "is taken by another program" in done.stderr and "Traceback" not in done.stderr


def test_a_database_that_is_down_is_said_at_once(tmp_path: Path) -> None:
    url = "postgresql+psycopg://somebody:canary-password@127.0.0.1:1/watersmeet"
    done = subprocess.run(
        [*COMMAND, "up", "--state", str(tmp_path / "state"), "--once"],
        cwd=ROOT,
        env={**environment(), "WATERSMEET_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "127.0.0.1, port 1 cannot be reached" in done.stderr
    assert "canary-password" not in done.stdout + done.stderr
    assert of_state(tmp_path / "state") == []
