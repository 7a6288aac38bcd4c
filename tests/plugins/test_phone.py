"""The pages on a telephone, without JavaScript, by keyboard."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from contracts.findings import Finding
from repository import holds
from repository.database import connect

Headers = Callable[[str], dict[str, str]]
PAGES = (
    "", "dags/northmoor__school_census", "kitemarks", "kitemarks/northmoor__school_census", "held",
    "held/{hold}", "quarantine", "quarantine/northmoor__school_census?code=date-unreadable",
    "quarantine/northmoor__school_census/{delivery}/7", "codes", "delivery/{delivery}",
)  # fmt: skip

pytestmark = pytest.mark.airflow


@pytest.fixture
def address(client: TestClient) -> Iterator[str]:
    """Airflow's API server with our pages, as a browser reaches it."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(client.app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline and thread.is_alive()
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/deliveries"
    server.should_exit = True
    thread.join(30)


@pytest.fixture
def everything(delivery: int, contracts: Any, database_url: str) -> dict[str, int]:
    """Something to show on every page."""
    with connect(database_url) as conn:
        conn.execute(
            'INSERT INTO watersmeet.unknown_code (feed_id, "column", scheme, written, rows,'
            " first_delivery, last_delivery) SELECT feed_id, 'sex', 'sex', 'femail', 17,"
            " delivery_id, delivery_id FROM watersmeet.delivery"
        )
        conn.execute(
            "INSERT INTO watersmeet.kitemark (feed_id, delivery_id, level, name, dimensions,"
            " short_of, ladder_version) SELECT feed_id, delivery_id, 1, 'usable', '{}', '[]',"
            " '1.0.0' FROM watersmeet.delivery"
        )
        hold = holds.wait(
            conn, "northmoor/spend", "ab" * 32, sequence=1, name=f"{'long-name-' * 12}.csv",
            delivery={}, findings=[Finding("rows-fell", "10 rows where 600 are usual")],
            steps="1", run_id=None,
        )  # fmt: skip
    return {"delivery": delivery, "hold": hold}


def test_every_page_fits_and_a_decision_is_made_by_keyboard_alone(
    address: str, as_user: Headers, everything: dict[str, int], database_url: str
) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("NOT TRIED: no chromium on this machine; apt-get install chromium")
    from playwright.sync_api import sync_playwright

    token = as_user("steward")["Authorization"].removeprefix("Bearer ")
    with sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(
            viewport={"width": 400, "height": 800}, java_script_enabled=False
        )
        context.add_cookies([{"name": "_token", "value": token, "url": address}])
        page = context.new_page()
        for name in PAGES:
            answer = page.goto(f"{address}/{name.format(**everything)}")
            assert answer is not None and answer.status == 200, name
            wide = page.locator("html").evaluate("e => e.scrollWidth")
            assert wide <= 400, f"{name} scrolls sideways: {wide}"
            unnamed = page.locator("input:not([type=hidden]), select, textarea").evaluate_all(
                "all => all.filter(e => e.labels.length == 0).map(e => e.outerHTML)"
            )
            assert unnamed == [], name
        page.goto(f"{address}/held/{everything['hold']}")
        page.get_by_label("Refuse").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("an old file")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("status").wait_for()
        assert "Refuse: recorded" in page.get_by_role("status").inner_text()
        browser.close()
    with connect(database_url) as conn:
        found = conn.execute("SELECT state, decided_by, reason FROM watersmeet.hold").fetchone()
    assert found == ("refused", "steward", "an old file")
