"""A feed: one organisation's supply of one dataset, as its YAML file declares it."""

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from contracts.as_at import Day, date_in, wrong_with
from contracts.dataset import DateOrder, Replaces
from contracts.declaration import Declaration
from contracts.file_forms import Delimited, FileForm
from contracts.gates import Gates
from contracts.missing import Reason
from contracts.places import Place
from contracts.places.usual_form import usual_form


class ColumnRule(Declaration):
    """How this feed writes one contract column, where it differs from the dataset's defaults."""

    header: str | None = Field(None, description="the header exactly as this supplier writes it")
    at: str | None = Field(
        None,
        pattern="^[A-Za-z]{1,3}$",
        description="letter of the column, where several bear the header",
    )
    date_format: str | tuple[str, ...] | None = Field(
        None, description="strptime format every value must follow, or all of several"
    )
    scheme: str | None = Field(None, description="code scheme this supplier uses")
    part: Literal["surname", "forenames"] | None = Field(
        None, description="take this part of a combined name SURNAME, Forename(s)"
    )
    name_order: Literal["surname-first", "forenames-first"] | None = Field(
        None, description="order of a combined name; forenames-first has no comma"
    )
    two_digit_years_before: int | None = Field(
        None, description="two-digit years are read as the last such year before this one"
    )
    constant: str | None = Field(None, description="value of a column the supplier does not send")
    decimal: Literal[".", ","] | None = Field(None, description="the sign before decimals")
    unit: Literal["pounds", "pence", "fraction"] | None = Field(
        None, description="sums are in pounds, or in pence; shares are of one, not per cent"
    )
    leading_zeros: Literal["restored"] | None = Field(
        None, description="the supplier's spreadsheet drops leading zeros: put them back"
    )
    missing: dict[Reason, tuple[str, ...]] = Field(
        default_factory=dict, description="reason to this supplier's own writings of it, such as -9"
    )

    @property
    def date_formats(self) -> tuple[str, ...]:
        """The declared date formats; none where the column is to prove its own."""
        one = self.date_format
        return () if one is None else (one,) if isinstance(one, str) else one


class AsAt(Declaration):
    """How the names of deliveries tell the date they speak of."""

    name: str = Field(
        max_length=200, description="regular expression; its group `date` is the date"
    )
    format: str = Field(max_length=40, description="how the date is written (strptime)")
    day: Day | None = Field(
        None, description="the day of the month meant, where the format gives none"
    )

    @model_validator(mode="after")
    def _sound(self) -> "AsAt":
        wrong = wrong_with(self.name, self.format, self.day)
        if wrong is not None:
            raise ValueError(wrong)
        return self

    def date_of(self, name: str) -> date:
        """The date a delivery of that name speaks of.

        Raises:
            contracts.as_at.Undated: the name does not tell.
        """
        return date_in(name, self.name, self.format, self.day)


class Expected(Declaration):
    """The supplier's own timetable, by which a feed is overdue."""

    times: str | None = Field(
        None, description="cron expression or preset; the feed's schedule where not given"
    )
    within_hours: float = Field(24.0, gt=0, description="a delivery may come so much later")


class Watch(Declaration):
    """How a scheduled run goes on looking where nothing has arrived yet."""

    every_minutes: float = Field(15.0, ge=1)
    for_hours: float = Field(gt=0, le=24 * 31)


class Feed(Declaration):
    """One organisation's supply of one dataset.

    The file ``contracts/feeds/<organisation>/<dataset>.yml`` names organisation and dataset.
    """

    organisation: str
    organisation_name: str | None = Field(
        None, description="full name of an organisation the register does not list yet"
    )
    dataset: str
    title: str
    owner: str = Field(description="who answers for the feed at the supplier")
    maintainer: str = Field(description="who looks after it here")
    agreement: str
    place: Place
    file: FileForm = Delimited()
    schedule: str | None = Field(None, description="cron expression or preset; none: on request")
    timezone: str = "Europe/London"
    expected_every_days: int | None = Field(None, ge=1, description="overdue after so many days")
    expected: Expected | None = Field(None, description="overdue by the supplier's timetable")
    watch: Watch | None = Field(
        None, description="goes on looking after the scheduled time; none: looks once"
    )
    date_order: DateOrder | None = None
    replaces: Replaces | None = None
    as_at: AsAt | None = Field(
        None, description="how names tell the date spoken of; none: the day of landing, in London"
    )
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    ignored_columns: tuple[str, ...] = Field((), description="headers known and not wanted")
    least_rows: int = Field(1, ge=0, description="fewer rows stop the delivery")
    gates: Gates = Field(Gates(), description="how far deliveries may differ from those before")
    enabled: bool = True
    notes: str = ""

    @model_validator(mode="before")
    @classmethod
    def _form_of_pages(cls, written: Any) -> Any:
        """Of an interface, the form of its pages needs no second telling."""
        if isinstance(written, dict) and "file" not in written:
            form = usual_form(written.get("place"))
            return {**written, "file": form} if form else written
        return written

    @model_validator(mode="after")
    def _parts_replace_nothing(self) -> "Feed":
        if getattr(self.place, "since", None) is not None and self.replaces != "nothing":
            raise ValueError(
                "since brings what is new, not the whole: what it does not bring is still there; "
                "declare `replaces: nothing`"
            )
        return self

    @property
    def id(self) -> str:
        """``<organisation>/<dataset>``."""
        return f"{self.organisation}/{self.dataset}"
