"""How far a delivery may differ from those accepted before: limits a feed or a dataset declares.

What nobody declares is learnt from accepted deliveries (docs/gates.md has the formulas). Shares are
from 0 to 1; a rise of 2 is to three times as much.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    # Not `off`: YAML takes that for a truth value.
    not_checked: str | None = Field(None, min_length=1, description="why nothing here is checked")


class Change(_Declared):
    """Limits of one figure: as such, and against what is usual."""

    least: float | None = Field(None, description="less stops the delivery")
    most: float | None = Field(None, description="more stops the delivery")
    fall: float | None = Field(None, ge=0, le=1, description="0.5: to less than half of the usual")
    rise: float | None = Field(None, ge=0, description="2: to more than three times the usual")


class ColumnGates(_Declared):
    """Limits of one contract column."""

    missing_most: float | None = Field(None, ge=0, le=1, description="share of rows without value")
    unreadable_most: float | None = Field(None, ge=0, le=1, description="share not of its kind")
    new_most: float | None = Field(None, ge=0, le=1, description="share with codes never seen")
    shift_most: float | None = Field(
        None, ge=0, le=1, description="share that moved to other codes"
    )
    changed_most: float | None = Field(
        None, ge=0, le=1, description="share of the records known before whose value changed"
    )
    sum: Change = Change()
    size: Change = Change()


class Gates(_Declared):
    """Limits of the deliveries of a feed.

    Attributes:
        rows: records of a delivery, quarantined ones among them.
        quarantined_most: share of the records that may be in quarantine.
        older: whether a delivery whose dates lie before those of the last one stops.
        matches_fall: how far the share that is found in another feed may fall.
    """

    rows: Change = Change()
    quarantined_most: float | None = Field(None, ge=0, le=1)
    older: bool | None = None
    matches_fall: float | None = Field(None, ge=0, le=1)
    columns: dict[str, ColumnGates] = Field(default_factory=dict)

    def over(self, wider: "Gates") -> "Gates":
        """These limits, and where they are silent those of the dataset."""
        return Gates.model_validate(_over(_said(self), _said(wider)))


def _said(limits: BaseModel) -> dict[str, Any]:
    return limits.model_dump(exclude_none=True)


def _over(own: dict[str, Any], wider: dict[str, Any]) -> dict[str, Any]:
    found = dict(wider)
    for name, value in own.items():
        both = isinstance(value, dict) and isinstance(found.get(name), dict)
        found[name] = _over(value, found[name]) if both else value
    return found
