"""The pages for people, in a real browser: WCAG 2.2 AA by axe, nothing from elsewhere."""

from typing import Any

import pytest

TAGS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_for_everybody(browser: Any, served: str, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        color_scheme=scheme, viewport={"width": 360, "height": 740}, bypass_csp=True
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/docs"):
        page.goto(served + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert {url for url in asked if not url.startswith(served)} == set()
    assert "How to ask" in page.title()
    context.close()
