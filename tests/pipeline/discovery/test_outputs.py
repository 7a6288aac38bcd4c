"""CSV, JSON lines and the page: whole, safe, and without any value of a data row."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.discovery.lines import COLUMNS, write_csv, write_json
from pipeline.discovery.page import write_page
from pipeline.discovery.resemblance import GOOD

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


def test_the_page_the_csv_and_the_json_count_alike(
    browser: Any, written: dict[str, Path], outcome: Any
) -> None:
    with written["csv"].open(newline="") as file:
        lines = list(csv.DictReader(file))
    told = json.loads(written["jsonl"].read_text().splitlines()[-1])
    page = browser.new_context().new_page()
    page.goto(written["html"].as_uri())
    facts = dict(
        zip(
            page.locator(".facts dt").all_inner_texts(),
            page.locator(".facts dd").all_inner_texts(),
            strict=True,
        )
    )
    files = {line["path"] for line in lines if line["kind"] != "not read"}
    tables = sum(line["columns"] != "" for line in lines)
    problems = sum(line["problem"] != "" for line in lines)
    assert (len(files), tables) == (told["files"], told["tables"])
    assert facts["Files"] == f"{len(files):,}"
    assert facts["Tables"] == f"{tables:,}"
    assert facts["Not read, or not wholly"] == f"{problems:,}"
    assert problems == sum(told["problems"].values())
    likely = sum(float(line["score"] or 0) >= GOOD for line in lines)
    assert likely == sum(told["likely"].values()) > 0
    kinds = page.locator("#kinds + .scroller tbody td:nth-child(2)").all_inner_texts()
    assert sum(map(int, kinds)) == len(files)
    assert page.locator("#list tbody tr").count() == len(files)
    page.context.close()


def test_sheets_and_members_are_told_apart(
    searched: Any, kit: Any, tmp_path: Path, browser: Any
) -> None:
    """In one workbook the second sheet is a part of the first; the names of both are shown."""
    import xlsxwriter

    place = tmp_path / "place"
    place.mkdir()
    rows = kit.spend_rows(40)
    with xlsxwriter.Workbook(place / "year.xlsx") as book:
        for name, some in (("All of it", rows), ("<b>May", rows[:30])):
            sheet = book.add_worksheet(name)
            for number, row in enumerate([kit.SPEND, *some]):
                sheet.write_row(number, 0, row)
        sheet = book.add_worksheet("Colours")
        for number, row in enumerate([("Code", "Colour"), ("1", "red"), ("2", "blue")]):
            sheet.write_row(number, 0, row)
    with zipfile.ZipFile(place / "sent.zip", "w") as bundle:
        bundle.writestr("in/june.csv", kit.as_csv(kit.SPEND, kit.spend_rows(20, 9)))
        bundle.writestr("in/july.csv", kit.as_csv(kit.SPEND, kit.spend_rows(20, 10)))
    found = searched(place)
    made = {name: tmp_path / f"found.{name}" for name in ("csv", "html")}
    write_csv(found.files.values(), (), made["csv"])
    write_page(found.files.values(), (), found.summary, made["html"])
    with made["csv"].open(newline="") as file:
        lines = {(line["path"], line["table"]): line for line in csv.DictReader(file)}
    assert ("sent.zip", "in/june.csv") in lines and ("sent.zip", "in/july.csv") in lines
    part = lines["year.xlsx", "<b>May"]
    assert part["alike"] == 'a part: 100 % of its rows are in year.xlsx "All of it"'
    assert part["next"] == f"watersmeet check {place}/year.xlsx --dataset spend"
    assert lines["year.xlsx", "Colours"]["next"] == f"watersmeet draft {place}/year.xlsx --table 3"
    page = browser.new_context().new_page()
    page.goto(made["html"].as_uri())
    near = page.locator("#same ~ ul li").all_inner_texts()
    assert near == ['year.xlsx "<b>May": a part: 100 % of its rows are in year.xlsx "All of it"']
    assert "4 tables" in page.locator("#datasets ~ h3").first.inner_text()
    names = page.locator(".likely small").all_inner_texts()
    assert sorted(names) == ["<b>May", "All of it", "in/july.csv", "in/june.csv"]
    page.context.close()


def test_a_place_without_files_has_a_page_that_says_so(
    searched: Any, tmp_path: Path, browser: Any
) -> None:
    (tmp_path / "place").mkdir()
    found = searched(tmp_path / "place")
    write_page((), (), found.summary, tmp_path / "found.html")
    page = browser.new_context().new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda told: wrong.append(str(told)))
    page.on("console", lambda told: wrong.append(told.text))
    page.goto((tmp_path / "found.html").as_uri())
    assert "There is nothing to look into." in page.locator("main").inner_text()
    assert page.locator("table").count() == 0 and page.locator("#filter").count() == 0
    assert wrong == []
    page.context.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_no_name_runs_out_of_its_column(
    browser: Any, searched: Any, tmp_path: Path, width: int
) -> None:
    """A name without a space, a folder of folders, and a header as long as a sentence."""
    place = tmp_path / "place"
    deep = place / ("folder " * 20).strip()
    deep.mkdir(parents=True)
    for folder in (place, deep):
        (folder / f"{'very_long_name_' * 15}.csv").write_text(
            f"Code,{'Colour' * 30}\n1,red\n2,blue\n"
        )
    found = searched(place)
    write_page(found.files.values(), (), found.summary, tmp_path / "found.html")
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.goto((tmp_path / "found.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    first = page.locator("#list tbody th").first.bounding_box()
    assert first["width"] <= 0.8 * width
    out = page.evaluate(
        "[...document.querySelectorAll('#list tbody th')].filter(one => one.scrollWidth >"
        " one.clientWidth).length"
    )
    assert out == 0
    page.context.close()


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
    page.get_by_label("Show files with these words").fill("nothing of the kind")
    assert rows.count() == 0
    assert page.get_by_role("status").inner_text() == "No file has all these words."
    page.get_by_label("Show files with these words").fill("")
    assert page.get_by_role("status").inner_text() == f"{len(outcome.files)} files"
    assert page.locator("#list th[aria-sort=ascending]").inner_text().startswith("File")
    page.get_by_role("button", name="Size").focus()
    page.keyboard.press("Enter")
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
