"""What places whose things are files have in common."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from contracts.declaration import Declaration
from contracts.places.name_pattern import NamePattern, NotAPattern


class Files(Declaration):
    """Files below a path, by a pattern; when they are finished; and which make up a delivery.

    A delivery is one file, or all files whose names tell one date, that lie in one folder, or that
    match at all. All that is declared of being finished must hold.
    """

    connection: str
    path: str = "."
    pattern: str = Field("*", description="names, with * and with dates: spend-{date:%Y-%m}.csv")
    settled_for: float = Field(5.0, ge=0, description="seconds size and time must have been still")
    done_marker: str | None = Field(
        None, description="a file is finished once this is there too: {name}.done, or _SUCCESS"
    )
    manifest: str | None = Field(
        None, description="name of a file that lists the files of a delivery; they wait for it"
    )
    delivery: Literal["file", "date", "folder", "all"] = Field(
        "file", description="what makes a delivery: each file, or those of a date, folder, or all"
    )
    least_files: int = Field(1, ge=1, description="a delivery waits until it has so many files")

    @field_validator("pattern", "manifest")
    @classmethod
    def _is_a_pattern(cls, written: str | None) -> str | None:
        if written is not None:
            NamePattern.of(written)
        return written

    @field_validator("done_marker")
    @classmethod
    def _is_a_name(cls, written: str | None) -> str | None:
        if written is not None:
            bare = written.replace("{name}", "")
            if not written or not bare or "/" in bare or "{" in bare or "*" in bare:
                raise NotAPattern(
                    f"{written!r} names no file beside the one it marks; write {{name}}.done, or a "
                    "fixed name such as _SUCCESS"
                )
        return written

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.delivery == "date" and "{date:" not in self.pattern:
            raise NotAPattern(
                f"pattern {self.pattern!r} has no date to make deliveries by; write it in, as in "
                "spend-{date:%Y-%m}.csv"
            )
        if self.delivery == "file" and self.least_files > 1:
            raise NotAPattern(
                "least_files is for deliveries of several files; say `delivery: date`, `folder` or "
                "`all`"
            )
        return self

    @property
    def within(self) -> str:
        """What of the connection's place is meant, for people."""
        return f"{self.path}/{self.pattern}"
