"""The form ``delimited``."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

# Imported for the code pages it adds to Python's.
from contracts.file_forms import encodings  # noqa: F401
from contracts.file_forms.form import Form

# Not stripped, since a tab is white space.
Mark = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=8)]
_ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}


class Delimited(Form):
    """Delimited text. What is not declared must be provable from the bytes."""

    format: Literal["delimited"] = "delimited"
    delimiter: Mark | None = Field(None, description="one or more characters: ';', '||', \"\\x01\"")
    quote: Mark = Field('"', description="the mark round cells, or none")
    escape: Literal["doubled", "backslash"] = Field(
        "doubled", description="how a mark stands inside a cell: twice, or after a backslash"
    )
    line_end: Mark | None = Field(
        None, description="lf, crlf, cr or other characters; LF, CR LF and CR where not given"
    )
    encoding: str | None = None
    header_row: int | None = Field(None, ge=1, description="1-based record; found where not given")
    names: tuple[str, ...] = Field((), description="names of the columns of a file without header")
    comment: Mark | None = Field(None, description="what lines begin with that are comments")
    skip_first: int = Field(0, ge=0, description="records before the header, such as a file header")
    skip_last: int = Field(0, ge=0, description="records at the end, such as a trailer record")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.names and self.header_row is not None:
            raise ValueError("names are for a file without a header; remove names or header_row")
        if len(set(self.names)) < len(self.names):
            raise ValueError("names: a name stands twice")
        if self.quote != "none" and len(self.quote) > 1:
            raise ValueError("quote is one character, or none")
        marks = [("delimiter", self.delimiter or ""), ("quote", self.quote_mark)]
        marks += [("escape", "\\")] if self.escape == "backslash" else []
        marks += [("line_end", end) for end in self.line_ends]
        for i, (word, mark) in enumerate(marks):
            for other, one in marks[i + 1 :]:
                if word != other and mark and one and (mark in one or one in mark):
                    raise ValueError(f"{word} and {other} cannot share a character")
        return self

    @property
    def quote_mark(self) -> str:
        """The mark round cells; empty where there is none."""
        return "" if self.quote == "none" else self.quote

    @property
    def line_ends(self) -> tuple[str, ...]:
        """What ends a line."""
        if self.line_end is None:
            return "\n", "\r\n", "\r"
        return (_ENDS.get(self.line_end, self.line_end),)
