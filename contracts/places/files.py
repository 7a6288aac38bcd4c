"""What places whose things are files have in common."""

from typing import Literal

from pydantic import Field

from contracts.declaration import Declaration


class Files(Declaration):
    """Files below a path, by a pattern; when they are finished; and which make up a delivery."""

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

    @property
    def within(self) -> str:
        """What of the connection's place is meant, for people."""
        return f"{self.path}/{self.pattern}"
