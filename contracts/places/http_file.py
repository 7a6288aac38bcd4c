"""The kind of place ``http``."""

import re
from typing import Literal

from pydantic import Field, model_validator

from contracts.places.http import Http

DATES = re.compile(r"\{date:([^{}]*)\}")
"""A date in a path: ``{date:%Y-%m}``."""

_FORMAT = re.compile(r"(%[YymdjGV]|[^%])*")


class HttpFile(Http):
    """One file at an address of an HTTP server, fetched anew when the server says it has changed.

    With a date in the path there is one file for each day, week, month or year; those of the
    present one and ``back`` before it are looked for.
    """

    kind: Literal["http"]
    name: str | None = Field(
        None, description="what deliveries are called, where the path does not end in a name"
    )
    parameters: dict[str, str] = Field(default_factory=dict)
    back: int = Field(1, ge=0, le=400, description="earlier days, weeks, months, years looked at")
    largest_mb: int = Field(4096, ge=1, description="what is larger is not fetched")
    accepts: Literal["files", "html"] = Field(
        "files", description="html: the file is a web page; otherwise one is a login page, refused"
    )

    @model_validator(mode="after")
    def _sound(self) -> "HttpFile":
        for written in (self.path, self.name or "", *self.parameters.values()):
            for form in DATES.findall(written):
                if not _FORMAT.fullmatch(form) or "%" not in form:
                    raise ValueError(f"{form!r} is no date; use %Y %y %m %d %j, or %G %V")
            if "{" in DATES.sub("", written) or "}" in DATES.sub("", written):
                raise ValueError("a date in a path is written {date:%Y-%m}")
        return self

    @property
    def period(self) -> Literal["day", "week", "month", "year"] | None:
        """What each file covers, by the dates in path and parameters; None where there are none."""
        forms = "".join("".join(DATES.findall(w)) for w in (self.path, *self.parameters.values()))
        if not forms:
            return None
        if "%d" in forms or "%j" in forms:
            return "day"
        if "%V" in forms:
            return "week"
        return "month" if "%m" in forms else "year"
