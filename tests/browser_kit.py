"""A real browser, for tests of pages.

Of a module, not of the session: while Playwright runs, no other event loop can in its thread.
"""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; the tests are skipped, loudly, where there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("NOT TRIED: no chromium on this machine; apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        made = player.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield made
        made.close()
