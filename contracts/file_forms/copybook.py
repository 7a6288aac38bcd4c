"""The form ``copybook``."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal, Self

from pydantic import Field, PrivateAttr

from contracts.cobol import BadCopybook, Shape, read_copybook
from contracts.declaration import Declaration
from contracts.file_forms.encodings import is_ebcdic, is_encoding
from contracts.file_forms.form import Form

FOLDER = "copybooks"
"""Where copybooks lie, under the root of the declarations."""
Values = dict[str, str | tuple[str, ...]]


class Types(Declaration):
    """Which records are read, where a file holds several types: told by one of their fields."""

    field: str = Field(description="the field that tells; in every type at the same place")
    read: tuple[str, ...] = Field(min_length=1, description="its values in records that are read")
    leave_out: tuple[str, ...] = Field((), description="its values in headers, trailers and so on")


class Alternative(Declaration):
    """When one of several descriptions of the same bytes holds."""

    when: Values = Field(
        default_factory=dict, description="field to value, or values; always where none is given"
    )


class Copybook(Form):
    """Records of a COBOL program, by its copybook; mostly in EBCDIC."""

    format: Literal["copybook"]
    copybook: str = Field(description="the copybook, below copybooks/: northmoor/payments.cpy")
    record: str | None = Field(None, description="the record read, where the copybook has several")
    source: Literal["fixed", "free"] | None = Field(
        None, description="format of the copybook's lines; told from them where not given"
    )
    encoding: str = Field(description="code page of text: cp037, cp285, cp1047, ascii ...")
    records: Literal["fixed", "variable", "blocked", "lines"] = "fixed"
    record_length: int | None = Field(None, ge=1, description="of fixed records, where longer")
    length_counts_itself: bool = Field(
        True, description="whether the length before a variable record counts its own four bytes"
    )
    byte_order: Literal["big", "little"] = Field("big", description="of COMP, COMP-4 and BINARY")
    native_byte_order: Literal["big", "little"] = Field(
        "big", description="of COMP-5, COMP-1 and COMP-2"
    )
    floats: Literal["ibm", "ieee"] = Field("ibm", description="what COMP-1 and COMP-2 are")
    synchronized_long: Literal[4, 8] = Field(
        4, description="what SYNCHRONIZED binary numbers of eight bytes are aligned to"
    )
    after_tables: Literal["follow", "fixed"] = Field(
        "follow", description="where fields stand after a table of varying length"
    )
    types: Types | None = None
    redefines: dict[str, Alternative] = Field(default_factory=dict)
    unfilled: Literal["problem", "missing"] = Field(
        "problem", description="what a field of low-values or high-values only is"
    )
    skip_first: int = Field(0, ge=0, description="records before those that are read")
    skip_last: int = Field(0, ge=0, description="records after those that are read")

    _folder: Path | None = PrivateAttr(None)

    def looking_in(self, folder: Path) -> Self:
        """The same form, its copybook looked for in a folder."""
        found = self.model_copy()
        found.look_in(folder)
        return found

    def look_in(self, folder: Path) -> None:
        """Look for the copybook in a folder from now on."""
        self._folder = folder

    @property
    def is_declared(self) -> bool:
        """Whether its copybook lies below the declarations, and not in a folder of its own."""
        return self._folder is None or self._folder.name == FOLDER

    def text(self) -> str:
        """The copybook.

        Raises:
            BadCopybook: it is not there, or no text.
        """
        folder = self._folder
        if folder is None:
            # Declarations hold feeds, which hold forms: they can only be asked here.
            from contracts.declarations import contracts_root

            folder = contracts_root() / FOLDER
        named = PurePosixPath(self.copybook)
        if named.is_absolute() or ".." in named.parts:
            raise BadCopybook(1, 1, f"name a file below {FOLDER}/, without `..`")
        try:
            content = (folder / named).read_bytes()
        except OSError:
            raise BadCopybook(1, 1, f"there is no such file below {FOLDER}/; add it") from None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            # Comments may be in any code page, and mean nothing here.
            return content.decode("latin-1")

    def shape(self) -> Shape:
        """What its records look like.

        Raises:
            BadCopybook: the copybook is missing or broken, has several records and none is
                chosen, or has not what the form speaks of.
        """
        shape = self.described()
        for _, message in self.wrong(shape):
            raise BadCopybook(1, 1, message)
        return shape

    def described(self) -> Shape:
        """What the copybook says of its records, whether it bears the form out or not.

        Raises:
            BadCopybook: the copybook is missing or broken, or has not one record to read; a wrong
                table shows when the shape is asked.
        """
        book = read_copybook(self.text(), self.source)
        record = book.record(self.record)
        if record is None:
            names = ", ".join(book.records)
            raise BadCopybook(1, 1, f"say which record is read (record: ...): there is {names}")
        also = {label.upper() for label in self.redefines}
        slide = self.after_tables == "follow"
        return Shape(record, also, self.synchronized_long, slide)

    def wrong(self, shape: Shape) -> Iterator[tuple[tuple[str, ...], str]]:
        """What the form says that the record does not bear out: words of the form that lead to the
        place, and message."""
        fields = shape.widest.by_name
        if not fields:
            yield ("copybook",), "the record has no fields with names"
        for counter in shape.counters:
            if counter.label not in fields:
                message = (
                    f"{counter.label} counts a table and is in a redefinition that is not read"
                )
                yield ("redefines",), message
        described = [item.label for item in shape.record.all() if item.is_described_anew]
        for label, one in self.redefines.items():
            if label.upper() not in described:
                known = ", ".join(described) or "no field"
                message = f"{label} redefines nothing and is not redefined; {known} is or does"
                yield ("redefines", label), message
            for name in one.when:
                for message in _unfit(name, shape):
                    yield ("redefines", label, "when", name), message
        if self.types is not None:
            for message in _unfit(self.types.field, shape):
                yield ("types", "field"), message
            for value in set(self.types.read) & set(self.types.leave_out):
                yield ("types",), f"records of type {value} cannot both be read and left out"
        if self.records == "lines":
            bare = [f.name for f in fields.values() if f.storage not in ("text", "zoned", "edited")]
            if bare:
                yield ("records",), f"{bare[0]} is binary or packed; such records cannot be lines"
        if self.record_length is not None and self.record_length < shape.widest.size:
            yield ("record_length",), f"the fields of a record take {shape.widest.size} bytes"
        if not is_encoding(self.encoding):
            yield ("encoding",), f"there is no encoding {self.encoding!r}"

    @property
    def is_ebcdic(self) -> bool:
        """Whether its text is in a code page of EBCDIC."""
        return is_ebcdic(self.encoding)


def _unfit(name: str, shape: Shape) -> Iterator[str]:
    """Why a field cannot tell something of its record."""
    field = shape.widest.by_name.get(name.upper())
    if field is None:
        names = ", ".join(shape.columns[:30]) + (" ..." if len(shape.columns) > 30 else "")
        yield f"there is no field {name}; there are {names}"
    elif field.moves or "(" in field.name:
        yield f"{name} does not stand at the same place in every record"
