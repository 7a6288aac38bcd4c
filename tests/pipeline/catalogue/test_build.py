"""The site as a whole: what is on it, what is never on it, and how it takes the old one's place."""

import csv
import io
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from markupsafe import escape

from contracts.model import columns_of
from pipeline.catalogue import names
from pipeline.catalogue.build import NotOurFolder, build_into, publish, shown_folder

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Read(HTMLParser):
    """Ids and links of a page; fails on a tag that is closed out of turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self.links += [str(given[name]) for name in ("href", "src", "action") if given.get(name)]
        assert not any(name.startswith("on") or name == "style" for name in given), tag
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def pages(files: dict[str, bytes]) -> dict[str, Read]:
    return {
        name: Read(content.decode()) for name, content in files.items() if name.endswith(".html")
    }


def test_everything_declared_has_its_page(built: Any) -> None:
    declared = built.declarations
    wanted = {names.table_page(one) for one in declared.entities}
    wanted |= {names.feed_page(one) for one in declared.feeds}
    wanted |= {names.agreement_page(one) for one in declared.agreements}
    wanted |= {
        names.code_list_page(name) for name, one in declared.code_schemes.items() if not one.of
    }
    wanted |= {
        names.purpose_page(purpose.name)
        for one in declared.agreements.values()
        for purpose in one.purposes
    }
    assert wanted <= set(built.files)
    for entity, contract in declared.entities.items():
        page = built.text(names.table_page(entity))
        for column, facts in columns_of(contract).items():
            assert f'id="column-{column}"' in page and escape(facts.meaning) in page


def test_every_link_leads_somewhere_and_no_page_asks_anybody_else(built: Any) -> None:
    read = pages(built.files)
    for name, page in read.items():
        assert len(set(page.ids)) == len(page.ids), f"{name}: an id stands twice"
        for link in page.links:
            assert not re.match(r"^(\w+:|//)", link), f"{name} leads away: {link}"
            path, _, place = link.partition("#")
            path = path.partition("?")[0]
            there = urljoin(f"/{name}", path)[1:] if path else name
            assert there in built.files, f"{name}: nothing at {link}"
            if place and there in read:
                assert place in read[there].ids, f"{name}: no place {link}"
    assert b"http" not in built.files["static/catalogue.css"]
    assert b"://" not in built.files["static/catalogue.js"]


def test_the_same_gives_the_same_bytes(built: Any) -> None:
    assert built.files == built.again


def test_no_value_of_a_person_is_anywhere(built: Any) -> None:
    assert len(built.personal) > 500
    for name, content in built.files.items():
        text = content.decode()
        assert built.canary not in text, f"a canary is in {name}"
        if name.startswith(("codes/", "static/")) or name in ("a-to-z.html", "search.json"):
            continue  # registers hold codes that look like references
        found = {value for value in built.personal if len(value) > 6 and value in text}
        assert not found, f"{name}: {sorted(found)[:3]}"


def test_rows_are_shown_only_where_nothing_is_personal(built: Any) -> None:
    shown = built.text("tables/payment.html")
    preview = shown[shown.index('class="preview"') :].partition("</table>")[0]
    assert preview.count("<tr>") == 1 + 10 and "<code>description</code>" not in preview
    for entity in ("person", "enrolment", "meal_entitlement"):
        page = built.text(f"tables/{entity}.html")
        assert 'class="preview"' not in page and "no row of it is shown" in page
        assert 'class="months"' not in page and "Most frequent codes" not in page


def test_hostile_titles_and_headers_are_only_text(built: Any) -> None:
    pages(built.hostile)
    shown = escape(built.markup)
    for name in ("tables/payment.html", "feeds/northmoor/spend.html", "index.html"):
        text = built.hostile[name].decode()
        assert "<img" not in text and shown.split("=")[0] in text, name
    assert all(b"<img" not in text for name, text in built.hostile.items() if "html" in name)
    entries = json.loads(built.hostile["search.json"])
    assert any(one["name"] == built.markup and one["kind"] == "header" for one in entries)


def test_what_suppliers_call_a_column_stands_with_it_and_in_the_search(built: Any) -> None:
    page = built.text("tables/payment.html")
    for header in ("Net Amount", "paymentDate", "Voucher"):
        assert f'<code class="header">{header}</code>' in page
    entries = json.loads(built.files["search.json"])
    found = [one for one in entries if one["name"] == "PUPIL-NAME"]
    assert {one["address"] for one in found} == {
        "tables/person.html#column-surname", "tables/person.html#column-forenames"
    }  # fmt: skip
    assert all("Northmoor Council" in one["said"] for one in found)


def test_counts_kitemarks_and_readers_are_the_repositorys(built: Any) -> None:
    page = built.text("tables/payment.html")
    assert re.search(r"<dt>Rows now</dt><dd>[\d,]+</dd>", page)
    assert "transparency.payment" in page and "open.spend_over_threshold" in page
    assert 'class="quality" role="img"' in page and 'class="lineage" role="img"' in page
    for column in ("payment.paid_on", "organisation.name"):
        assert column in built.text("purposes/transparency.html") or "column-" in page
    feed = built.text("feeds/northmoor/school_census.html")
    assert "looked for every Monday at 05:00" in feed and "PUPIL-NAME" in feed
    assert "delivery " in feed and "CENSUS.MAY26" not in feed, "names of files may name persons"
    assert "payments-2026-q1.csv" in built.text("feeds/northmoor/spend.html")


def test_a_code_stands_with_its_days_and_ways_of_writing(built: Any) -> None:
    page = built.text("codes/year-group.html")
    assert 'id="code-R"' in page and "year-words" in page
    assert "Year 4" in page, "as a supplier writes it"


def test_the_dictionary_comes_as_a_file_too(built: Any) -> None:
    lines = list(csv.DictReader(io.StringIO(built.text("dictionary.csv"))))
    amount = next(one for one in lines if (one["entity"], one["column"]) == ("payment", "amount"))
    assert amount["unit"] == "pounds" and "northmoor/spend: Net Amount" in amount["headers"]
    tables = json.loads(built.files["dictionary.json"])
    assert {one["entity"] for one in tables} == set(built.declarations.entities)


def test_every_example_query_runs_as_its_purposes_analyst(built: Any) -> None:
    assert {query.entity for query, _ in built.answers.values()} == set(built.declarations.entities)
    empty = sorted(name for name, (_, rows) in built.answers.items() if not rows)
    # In so small an example hardly any child is at both suppliers.
    assert set(empty) <= {"meal_entitlement/1-entitled-on-roll.sql"}
    for query, _ in built.answers.values():
        assert escape(query.title) in built.text(names.table_page(query.entity))


def test_a_new_site_takes_the_old_ones_place_at_once(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = shown_folder().parent / ".catalogue-killed"
    killed.mkdir(parents=True)
    os.utime(killed, (0, 0))
    first = publish()
    shown = shown_folder()
    assert shown.is_symlink() and (shown / "index.html").read_bytes()
    page = (shown / "tables/payment.html").stat().st_ino
    assert publish().sha256 == first.sha256
    assert (shown / "tables/payment.html").stat().st_ino == page, "nothing changed, nothing written"
    # What the pages say is of no matter now.
    others = iter([{"index.html": b"one"}, {"index.html": b"another"}])
    monkeypatch.setattr("pipeline.catalogue.build._of_this_installation", lambda: next(others))
    second = publish()
    assert second.folder != first.folder and (shown / "index.html").read_bytes() == b"one"
    assert first.folder.is_dir(), "somebody may be reading it"
    publish()
    assert not first.folder.exists() and second.folder.is_dir()
    assert sorted(path.name[:5] for path in shown.parent.iterdir()) == ["site", "site-", "site-"]


def test_a_folder_that_is_somebody_elses_is_left_alone(home: Any, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "letter.txt").write_text("dear")
    with pytest.raises(NotOurFolder, match=r"theirs holds something that is no catalogue"):
        build_into(theirs)
    assert [one.name for one in theirs.iterdir()] == ["letter.txt"]
    ours = tmp_path / "ours"
    ours.mkdir()
    build_into(ours)
    (ours / "stale.html").write_text("old")
    build_into(ours)
    assert (ours / "index.html").is_file() and not (ours / "stale.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir() if "catalogue" in path.name) == []
