"""The kitemark's ladder as declared: ours stands, a broken one says where."""

from pathlib import Path
from typing import Any

import pytest

from contracts.ladder import DIMENSIONS, FILE, load_ladder
from contracts.modules import OWN
from contracts.strict_yaml import Unreadable

LADDER = """version: 1.0.0
trend_over: 3
levels:
  - {name: low, meaning: Nothing shown.}
  - name: middle
    meaning: Some.
    demands:
      validity: {least_checks: 1, most_failed_percent: 5, most_findings: 2}
  - name: high
    meaning: All.
    deliveries_in_a_row: 2
    demands:
      validity: {least_checks: 2, most_failed_percent: 1, most_findings: 0}
"""


def test_ours_asks_for_all_six_dimensions_at_the_top() -> None:
    ladder = load_ladder(OWN)
    assert set(ladder.levels[-1].demands) == set(DIMENSIONS)
    assert ladder.levels[0].demands == {}
    assert ladder.longest_row == ladder.levels[-1].deliveries_in_a_row


def test_an_adopters_folder_may_have_a_ladder_of_its_own(tmp_path: Path) -> None:
    assert load_ladder(tmp_path) == load_ladder(OWN)
    (tmp_path / FILE).write_text(LADDER, encoding="utf-8")
    assert [level.name for level in load_ladder(tmp_path).levels] == ["low", "middle", "high"]


BREAKS = {
    "unknown word": ("trend_over", "trend_ovr", "`trend_ovr` is not known here; did you mean"),
    "unknown dimension": ("validity: {least_checks: 2", "valid: {least_checks: 2", "completeness"),
    "no version": ("1.0.0", "one", "`version`"),
    "no check": ("least_checks: 1", "least_checks: 0", "greater than or equal to 1"),
    "more than all": ("percent: 5", "percent: 105", "less than or equal to 100"),
    "same name": ("name: high", "name: middle", "two levels have one name"),
    "lowest demands": (
        "meaning: Nothing shown.",
        "meaning: Nothing., deliveries_in_a_row: 2",
        "low is the lowest level; it can demand nothing",
    ),
    "fewer checks": ("least_checks: 1", "least_checks: 3", "least_checks is easier than in middle"),
    "more failed": ("percent: 5", "percent: 0.5", "most_failed_percent is easier than in middle"),
    "more findings": ("percent: 1, most_findings: 0", "percent: 1", "most_findings is easier"),
    "fewer in a row": ("meaning: Some.", "meaning: Some.\n    deliveries_in_a_row: 3", "fewer"),
    "dimension dropped": (
        "      validity: {least_checks: 2",
        "      accuracy: {least_checks: 2",
        "high must demand of validity what middle does",
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_ladder_says_what_is_wrong(broken: str, tmp_path: Path) -> None:
    old, new, said = BREAKS[broken]
    assert old in LADDER
    (tmp_path / FILE).write_text(LADDER.replace(old, new), encoding="utf-8")
    with pytest.raises(Unreadable, match=said):
        load_ladder(tmp_path)


def test_a_broken_ladder_is_told_and_stops_no_feed(folder: Any) -> None:
    folder.write(FILE, LADDER.replace("trend_over: 3", "trend_over: 1"))
    declared = folder.load()
    [said] = [str(one) for one in declared.broken]
    assert said.startswith("kitemark.yml, line 2, column 13: `trend_over`")
    assert list(declared.feeds) == ["northmoor/fines"]
