"""Names that tell the date a delivery speaks of, and declarations that cannot be right."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.as_at import Undated
from contracts.entity import Entity, column
from contracts.entity_dates import entity_problems
from contracts.feed import AsAt
from contracts.kinds import Date, Text


@pytest.mark.parametrize(
    ("how", "name", "told"),
    [
        ({"name": r"(?P<date>\d{4}-\d{2}-\d{2})", "format": "%Y-%m-%d"}, "roll_2026-05-21.csv",
         date(2026, 5, 21)),
        ({"name": r"(?P<date>\d{4}-\d{2})", "format": "%Y-%m", "day": "last"}, "pay 2024-02.csv",
         date(2024, 2, 29)),
        ({"name": r"_(?P<date>[A-Z][a-z]{2}\d\d)\.", "format": "%b%y", "day": "first"},
         "spend_Mar26.xlsx", date(2026, 3, 1)),
    ],
)  # fmt: skip
def test_a_name_tells_its_date(how: dict[str, Any], name: str, told: date) -> None:
    assert AsAt.model_validate(how).date_of(name) == told


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("roll.csv", "does not match"),
        ("roll_2026-13-01.csv", "'2026-13-01' is no date of the form '%Y-%m-%d'"),
        ("2026-05-21" + "x" * 300, "does not match"),
    ],
)
def test_a_name_that_does_not_tell_is_refused(name: str, says: str) -> None:
    declared = AsAt(name=r"(?P<date>\d{4}-\d{2}-\d{2})", format="%Y-%m-%d")
    with pytest.raises(Undated, match=says):
        declared.date_of(name)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"name": r"\d{4}-\d{2}-\d{2}", "format": "%Y-%m-%d"}, "has no group `date`"),
        ({"name": r"(?P<date>\d+", "format": "%Y-%m-%d"}, "is no regular expression"),
        ({"name": r"(?P<date>.+)", "format": "%d %B"}, "does not give year and month"),
        ({"name": r"(?P<date>.+)", "format": "%Y-%m"}, "say `day: first` or `day: last`"),
        ({"name": r"(?P<date>.+)", "format": "%Y-%m-%d", "day": "last"}, "leave `day` out"),
        ({"name": "(?P<date>" + "a" * 200 + ")", "format": "%Y-%m-%d"}, "at most 200"),
    ],
)
def test_declarations_that_cannot_be_right(how: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        AsAt.model_validate(how)


def entity(**keywords: Any) -> type[Entity]:
    class Stay(Entity, name="stay", identity=["number"], **keywords):
        """A stay."""

        number: Text = column("Number")
        arrived_on: Date = column("First day")
        left_on: Date = column("Last day", nullable=True)

    return Stay


@pytest.mark.parametrize(
    ("keywords", "says"),
    [
        ({"valid_from": "arrived"}, "valid_from 'arrived' is no date of the entity; it has "
         "arrived_on, left_on"),
        ({"happened_on": "number"}, "happened_on 'number' is no date of the entity; it has "
         "arrived_on, left_on"),
        ({"valid_to": "left_on"}, "valid_to needs valid_from: say since when it is so"),
        ({"happened_on": "left_on"}, "happened_on 'left_on' may be empty; an event has its date"),
        ({"valid_from": "left_on", "happened_on": "arrived_on"},
         "an entity is an event (happened_on) or lasts (valid_from); keep one"),
    ],
)  # fmt: skip
def test_an_entity_names_dates_of_its_own(
    keywords: dict[str, str], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "stay.py"
    path.write_text("class Stay(Entity):\n    pass\n", encoding="utf-8")
    assert [problem[2] for problem in entity_problems(entity(**keywords), path)] == [says]
    assert entity_problems(entity(valid_from="arrived_on", valid_to="left_on"), path) == []
