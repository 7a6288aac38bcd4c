"""What a sheet holds beyond what calamine gives of it."""

from dataclasses import dataclass, field

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""Numbers of error values to their names ([MS-XLS] BErr, [MS-XLSB] 2.5.97.2)."""

Place = tuple[int, int]
"""Row and position of a cell, both from 0."""


@dataclass
class Lost:
    """What a sheet holds beyond what calamine gives.

    Attributes:
        texts: text of error cells (``#REF!``), of whole numbers of more than 15 digits, and of
            numbers that a date format makes nonsense of.
        valueless: formulas without a computed value.
        hidden: ``columns`` and ``rows``, where any are hidden.
        merged: merged cells, the first and the last of each block.
    """

    texts: dict[Place, str] = field(default_factory=dict)
    valueless: list[Place] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    merged: list[tuple[Place, Place]] = field(default_factory=list)


def is_no_date(number: float) -> bool:
    """Whether no day is meant by a number that is formatted as one.

    Days are counted from 1900; there is none before the first, and the sixtieth is 29 February
    1900, which Lotus 1-2-3 held to be a day and every spreadsheet since ([MS-OI29500] 18.17.4.1).
    """
    return number < 0 or 60 <= number < 61


def no_date(number: float, text: str) -> str:
    """The text of such a number: the day a spreadsheet shows, or the number as it is written."""
    return text if number < 0 else "1900-02-29"


def is_telling(text: str) -> bool:
    """Whether calamine may give a number as something else than it is written: a whole one of more
    than 15 digits, or one that is no date."""
    digits = text.lstrip("-")
    if digits.isdecimal() and len(digits) > 15:
        return True
    try:
        return is_no_date(float(text))
    except ValueError:
        return False
