"""Charts and small counts: what is drawn is what was counted, and said in words too."""

import re
from datetime import date
from xml.etree import ElementTree

import pytest

from pipeline.catalogue.charts.bars import meter, months, share, span
from pipeline.catalogue.charts.lineage import MOST, Node, Stage, Way, drawing
from pipeline.catalogue.charts.quality import Point, percent, quality
from pipeline.catalogue.names import column_place, feed_page, root_of, slug
from pipeline.catalogue.small_counts import hidden, total

LEVELS = ("unproven", "usable", "sound")


def drawn(markup: str, kind: str) -> list[dict[str, str]]:
    return [one.attrib for one in ElementTree.fromstring(markup).iter(kind)]


def test_small_counts_are_hidden_and_cannot_be_worked_out() -> None:
    assert hidden({"a": 9, "b": 4, "c": 3}) == {"a": 9, "b": None, "c": None}
    assert hidden({"a": 90, "b": 4, "c": 7}) == {"a": 90, "b": None, "c": None}
    assert hidden({"a": 5, "b": 0}) == {"a": 5, "b": 0}
    assert hidden({"a": 2}) == {"a": None}
    assert total([2, 2]) is None and total([2, 3]) == 5 and total([]) == 0


def test_every_month_from_first_to_last_has_its_place() -> None:
    assert span(date(2025, 11, 1), date(2026, 2, 1)) == [
        date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)
    ]  # fmt: skip
    chart = months({date(2025, 11, 1): 100, date(2026, 1, 1): None, date(2026, 2, 1): 50}, "Rows")
    bars = [one for one in drawn(chart, "rect") if one["class"] == "bar"]
    assert len(bars) == 2 and float(bars[0]["height"]) == pytest.approx(
        2 * float(bars[1]["height"]), rel=0.02
    )
    assert [one["class"] for one in drawn(chart, "rect")].count("hidden") == 1
    assert "November 2025 to February 2026; at most 100" in chart
    assert months({}, "Rows") == ""


def test_quality_is_drawn_for_each_delivery_and_said_in_words() -> None:
    points = [Point("1 May 2026", 0, 5, 100), Point("1 Jun 2026", None, 0, 0),
              Point("1 Jul 2026", 2, 1, 1000)]  # fmt: skip
    chart = quality(points, LEVELS)
    dots = [float(one["cy"]) for one in drawn(chart, "circle")]
    assert len(dots) == 2 and dots[1] < dots[0], "a higher level stands higher"
    heights = [float(one["height"]) for one in drawn(chart, "rect")]
    assert heights[0] > heights[2] > heights[1] == 0
    assert "Quality over 3 deliveries, the last of 1 Jul 2026: sound, 0.1 % of its rows" in chart
    assert quality([], LEVELS) == ""


@pytest.mark.parametrize(
    ("of", "said"),
    [(0, "0 %"), (0.00001, "< 0.1 %"), (0.25, "25.0 %"), (0.99999, "> 99.9 %"), (1, "100 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_all(of: float, said: str) -> None:
    assert percent(of) == said


def test_a_share_that_is_not_nought_can_be_seen() -> None:
    assert [float(drawn(share(of), "rect")[1]["width"]) for of in (0, 0.0001, 1)] == [0, 1.5, 72]
    assert [one["class"] for one in drawn(meter(2, 4), "rect")] == ["bar", "bar", "track", "track"]


def way(feeds: int, name: str = "Feed") -> Way:
    nodes = tuple(Node(f"f{number}", f"{name} {number}", "note") for number in range(feeds))
    return Way(
        "Where it comes from",
        (Stage("Feeds", "feed", nodes), Stage("Table", "table", (Node("t", "Payment"),))),
        frozenset((node.key, "t") for node in nodes),
    )


def test_the_lineage_draws_every_edge_and_folds_what_is_too_much() -> None:
    assert len(drawn(drawing(way(3)), "path")) == 3
    many = drawing(way(50))
    assert many.count('class="box feed"') == MOST and "and 39 more" in many
    assert len(drawn(many, "path")) == MOST, "edges of the folded are drawn once"


def test_what_is_written_on_a_drawing_is_escaped_and_cut() -> None:
    chart = drawing(way(1, name="<script>alert(1)</script> & a very long name"))
    assert "<script>" not in chart and "&lt;script&gt;" in chart and "…" in chart
    ElementTree.fromstring(chart)


def test_names_make_addresses_that_neither_meet_nor_lead_away() -> None:
    names = ["a/b", "a_b", "a.b", "../x", "a b", "ä", "~", "%2e", "a~2f.b"]
    made = [slug(name) for name in names]
    assert len(set(made)) == len(names)
    assert all(re.fullmatch(r"[\w~.-]+", one, re.ASCII) and ".." not in one for one in made)
    assert feed_page("northmoor/spend") == "feeds/northmoor/spend.html"
    assert column_place("payment", "paid_on") == "tables/payment.html#column-paid_on"
    assert root_of("feeds/a/b.html") == "../../"
