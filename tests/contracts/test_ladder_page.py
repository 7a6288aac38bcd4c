"""The published ladder is the one that is applied."""

from pathlib import Path

from contracts.ladder import load_ladder
from contracts.ladder_page import markdown
from contracts.modules import OWN

PAGE = Path(__file__).resolve().parents[2] / "docs" / "kitemark.md"


def test_the_page_publishes_the_ladder_as_declared() -> None:
    text = PAGE.read_text(encoding="utf-8")
    published = text.partition("<!-- ladder: begin -->\n")[2].partition("<!-- ladder: end -->")[0]
    assert published == markdown(load_ladder(OWN)), (
        "put what `watersmeet kitemark --ladder` prints between the two marks of docs/kitemark.md"
    )


def test_every_level_and_demand_is_on_the_page() -> None:
    ladder = load_ladder(OWN)
    said = markdown(ladder)
    for level in ladder.levels:
        assert f"**{level.name}** | {level.deliveries_in_a_row} | {level.meaning}" in said
        for demand in level.demands.values():
            assert f"failed ≤ {demand.most_failed_percent:g} %" in said
