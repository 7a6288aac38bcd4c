"""The site in a real browser: WCAG 2.2 AA by axe, light and dark, on a phone, no JavaScript."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PAGES = (
    "index.html", "tables/payment.html", "tables/person.html", "feeds/index.html",
    "feeds/northmoor/spend.html", "codes/index.html", "codes/ethnic-group-2001.html",
    "agreements/index.html", "agreements/northmoor-school-census.html",
    "purposes/transparency.html", "dictionary.html", "about.html", "a-to-z.html",
)  # fmt: skip
"""One page of every kind."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
SOME = ("index.html", "tables/payment.html", "feeds/northmoor/spend.html")
# Of thousands of links alike a part is looked at.
PRUNE = """
document.querySelectorAll('details').forEach(one => one.open = true);
document.querySelectorAll('.entries').forEach(
  list => [...list.children].slice(5).forEach(one => one.remove()));
"""

Serve = Callable[[Path], str]
Quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})


@pytest.fixture(scope="module")
def served() -> Iterator[Serve]:
    """Serves a folder; its address."""
    servers: dict[Path, http.server.ThreadingHTTPServer] = {}

    def serve(folder: Path) -> str:
        if folder not in servers:
            handler = functools.partial(Quiet, directory=str(folder))
            servers[folder] = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=servers[folder].serve_forever, args=(0.05,)).start()
        server = servers[folder]
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield serve
    for server in servers.values():
        server.shutdown()
        server.server_close()


def page_of(browser: Any, **how: Any) -> Any:
    return browser.new_context(reduced_motion="reduce", **how).new_page()


def violations(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": TAGS, "resultTypes": ["violations"]})
    return [
        f"{one['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
        for one in found.response["violations"]
        for node in one["nodes"][:2]
    ]


@pytest.mark.parametrize(
    ("scheme", "size", "names"),
    [
        ("light", WIDE, tuple(name for name in PAGES if name not in SOME)),
        ("dark", NARROW, SOME),
        pytest.param("light", WIDE, SOME, marks=pytest.mark.slow),
        pytest.param("dark", NARROW, PAGES, marks=pytest.mark.slow),
        pytest.param("light", NARROW, PAGES, marks=pytest.mark.slow),
        pytest.param("dark", WIDE, PAGES, marks=pytest.mark.slow),
    ],
)
def test_pages_pass_wcag_and_never_scroll_sideways(
    browser: Any, built: Any, served: Serve, scheme: Any, size: Any, names: tuple[str, ...]
) -> None:
    address = served(built.folder)
    page = page_of(browser, color_scheme=scheme, viewport=size)
    found = {}
    for name in names:
        page.goto(f"{address}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        page.evaluate(PRUNE)
        found[name] = violations(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    page.context.close()


def test_axe_would_find_what_is_wrong(browser: Any, built: Any) -> None:
    page = page_of(browser)
    page.set_content(f"<html lang='en'>{built.text('about.html')}<img src='x'><input>")
    assert {one.partition(":")[0] for one in violations(page)} >= {"image-alt", "label"}
    page.context.close()


def test_without_javascript_the_home_page_is_an_index(
    browser: Any, built: Any, served: Serve
) -> None:
    address = served(built.folder)
    page = page_of(browser, java_script_enabled=False, viewport=NARROW)
    page.goto(f"{address}/index.html")
    assert not page.locator("#search").is_visible(), "a search that cannot work is not offered"
    page.locator("summary", has_text="Suppliers' headers").click()
    page.get_by_role("link", name="PUPIL-NAME").first.click()
    assert page.url.endswith(("#column-surname", "#column-forenames"))
    page.goto(f"{address}/a-to-z.html")
    page.get_by_role("link", name="works/spend").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Department of Works")
    page.context.close()


def test_the_search_finds_headers_columns_and_codes_by_keyboard_alone(
    browser: Any, built: Any, served: Serve
) -> None:
    address = served(built.folder)
    page = page_of(browser)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.get_by_label("Search tables").focus()
    page.keyboard.type("net amount")
    first = page.locator("#found li").first
    first.wait_for()
    assert first.locator("a").inner_text() == "Net Amount"
    assert "Northmoor Council" in first.inner_text()
    assert page.get_by_role("status").inner_text().endswith(("entry", "entries"))
    page.goto(f"{address}/index.html?q=cumbria")
    page.locator("#found li").first.wait_for()
    page.get_by_label("Search tables").fill("no such thing")
    page.get_by_text("Nothing bears that name").wait_for()
    assert page.locator("#found li").count() == 0
    assert all(url.startswith(address) for url in asked), "nobody else is asked"
    page.context.close()


def test_the_search_works_from_a_folder_too(browser: Any, built: Any) -> None:
    page = page_of(browser)
    page.goto((built.folder / "index.html").as_uri())
    page.get_by_label("Search tables").fill("paymentdate")
    page.locator("#found li").first.wait_for()
    page.locator("#found a").first.click()
    assert page.url.endswith("tables/payment.html#column-paid_on")
    page.context.close()


def test_a_hostile_header_runs_nothing(browser: Any, built: Any, served: Serve) -> None:
    address = served(built.hostile_folder)
    page = page_of(browser)
    page.goto(f"{address}/index.html?q=onerror")
    found = page.locator("#found a").first
    found.wait_for()
    assert found.inner_text() == built.markup
    for name in ("tables/payment.html", "feeds/northmoor/spend.html", "agreements/index.html"):
        page.goto(f"{address}/{name}")
        assert page.evaluate("window.hit") is None and page.locator("img").count() == 0
    page.context.close()


def test_airflows_colours_are_worn_and_print_hides_the_menu(
    browser: Any, built: Any, served: Serve
) -> None:
    address = served(built.folder)
    frame = "<html class='dark'><div id='root'><iframe src='/index.html'></iframe></div></html>"
    page = page_of(browser, color_scheme="light")
    page.route("**/frame", lambda route: route.fulfill(body=frame, content_type="text/html"))
    page.goto(f"{address}/frame")
    page.frame_locator("iframe").locator("html[data-theme=dark]").wait_for()
    page.goto(f"{address}/index.html")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Catalogue").is_visible()
    page.context.close()
