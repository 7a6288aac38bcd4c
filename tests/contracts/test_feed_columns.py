"""What a feed may say of a column."""

import pytest
from pydantic import ValidationError

from contracts.feed import ColumnRule


def test_date_formats_are_one_or_several() -> None:
    assert ColumnRule.model_validate({}).date_formats == ()
    assert ColumnRule.model_validate({"date_format": "%d/%m/%Y"}).date_formats == ("%d/%m/%Y",)
    several = ColumnRule.model_validate({"date_format": ["%Y-%d-%m", "%m/%d/%Y"]})
    assert several.date_formats == ("%Y-%d-%m", "%m/%d/%Y")


@pytest.mark.parametrize("at", ["3", "", "C3", "ABCD"])
def test_a_column_is_told_by_its_letter(at: str) -> None:
    with pytest.raises(ValidationError):
        ColumnRule.model_validate({"header": "Amount", "at": at})
    assert ColumnRule.model_validate({"header": "Amount", "at": "AB"}).at == "AB"
