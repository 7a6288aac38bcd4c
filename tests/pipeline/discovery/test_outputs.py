"""CSV, JSON lines and the page: whole, safe, and without any value of a data row."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.discovery.lines import COLUMNS, write_csv, write_json
from pipeline.discovery.page import write_page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def written(outcome: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("written")
    made = {name: folder / f"found.{name}" for name in ("csv", "html", "jsonl")}
    files, obstacles = list(outcome.files.values()), list(outcome.obstacles.values())
    write_csv(files, obstacles, made["csv"])
    write_page(files, obstacles, outcome.summary, made["html"])
    text = io.StringIO()
    write_json(files, obstacles, outcome.summary, text)
    made["jsonl"].write_text(text.getvalue())
    return made


def test_no_output_holds_a_value_of_a_row(written: dict[str, Path], outcome: Any, kit: Any) -> None:
    values = {cell for row in kit.people_rows(80) + kit.people_rows(30, 3) for cell in row}
    values |= {row[1] for row in kit.spend_rows(200)} | {row[4] for row in kit.spend_rows(200)}
    values = {value for value in values if len(value) > 6}
    texts = [path.read_text() for path in written.values()]
    texts.append(outcome.notebook_path.read_bytes().decode("latin-1"))
    found = {value for value in values for text in texts if value in text}
    assert len(values) > 500 and found == set()


def test_the_csv_has_a_line_for_each_table_and_starts_no_formula(
    written: dict[str, Path], outcome: Any
) -> None:
    with written["csv"].open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == list(COLUMNS)
    paths = {line["path"].removeprefix("'") for line in lines}
    assert "'=1+1.csv" in {line["path"] for line in lines}
    assert {"finance/2026/april.csv", "odd/new\\nline.csv", "loop/out"} <= paths
    assert len(lines) >= len(outcome.files) + len(outcome.obstacles)
    for line in lines:
        assert not any(cell[:1] in tuple("=+-@") for cell in line.values()), line
        assert not any("\n" in cell or "\r" in cell for cell in line.values())
    [april] = [line for line in lines if line["path"] == "finance/2026/april.csv"]
    assert (april["dataset"], april["rows"], april["rows_estimated"]) == ("spend", "200", "no")
    assert (
        "an older version: 100 % of its rows are in finance/2026/april with more.csv"
        in (april["alike"])
    )


def test_json_lines_tell_all(written: dict[str, Path], outcome: Any) -> None:
    told = [json.loads(line) for line in written["jsonl"].read_text().splitlines()]
    assert [one["type"] for one in told].count("file") == len(outcome.files)
    assert told[-1]["type"] == "summary" and told[-1]["files"] == len(outcome.files)
    [april] = [one for one in told if one.get("path") == "finance/2026/april.csv"]
    assert april["tables"][0]["resembles"][0]["dataset"] == "spend"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_the_page_passes_wcag_and_never_scrolls_sideways(
    browser: Any, written: dict[str, Path], scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    page = context.new_page()
    page.goto(written["html"].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page, options={"runOnly": TAGS, "resultTypes": ["violations"]})
    assert [
        (one["id"], node["html"][:150])
        for one in found.response["violations"]
        for node in one["nodes"][:2]
    ] == []
    context.close()


def test_the_list_is_sorted_and_filtered_and_reads_without_script(
    browser: Any, written: dict[str, Path], outcome: Any
) -> None:
    page = browser.new_context().new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda told: wrong.append(told.text))
    page.goto(written["html"].as_uri())
    rows = page.locator("#list tbody tr:visible")
    assert rows.count() == len(outcome.files)
    page.get_by_label("Show files with these words").fill("spend april")
    assert 0 < rows.count() < 10
    assert page.get_by_role("status").inner_text().startswith(f"{rows.count()} of ")
    page.get_by_label("Show files with these words").fill("")
    page.get_by_role("button", name="Size").click()
    page.get_by_role("button", name="Size").click()
    assert "huge.bin" in rows.first.inner_text()
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Size")
    assert (asked, wrong) == ([written["html"].as_uri()], []), "nobody else is asked"
    assert page.evaluate("window.hit") is None and page.locator("img").count() == 0
    page.context.close()
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(written["html"].as_uri())
    assert plain.locator("#list tbody tr:visible").count() == len(outcome.files)
    assert not plain.locator("#filter").is_visible(), "a filter that cannot work is not offered"
    plain.context.close()
