"""Which of a table's first records is its header, where no contract says what headers to expect.

Headers are shown and values never are: a row is only taken for a header where something other than
its place speaks for it, and no cell of it that looks like a value is shown.
"""

import re
from collections.abc import Sequence

from pipeline.discovery.sampled import Sampled
from transforms.headers import words

WITHIN = 20
_LONGEST = 120
_VALUE = re.compile(
    r"^[\W_]*\d[\d\s,.:/\\£$%()+\-eE]*$"  # numbers, sums, dates, telephone numbers
    r"|\d{1,2}[\s/.\-]+[A-Za-z]{3,9}[\s/.\-]+\d{2,4}"
    r"|@\w+\.|\d{5,}"
    r"|^\W*(flat\s+)?\d{1,4}[a-z]?\W+.*\b(street|st|road|rd|lane|avenue|close|drive|way|court)\b"
    r"|^(mr|mrs|ms|miss|mx|dr|rev|prof)\.?\s+\w"
    r"|^[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}$|^[A-Z]{2}\s?(\d\s?){6}[A-D]$",
    re.IGNORECASE,
)
_NOTHING = frozenset(
    ("", "n/a", "n/k", "na", "none", "null", "nil", "-", "not known", "unknown", "tbc")
)
_KNOWN = frozenset(
    word
    for line in (
        "account active address admission age allocation amount area authority band birth body",
        "budget case category centre city class client code comment company contact cost count",
        "country county created currency customer date day department description destination",
        "director district document duration email employee end entry ethnic ethnicity event",
        "expense faith family fax first forename forenames full function gender given gp grade",
        "gross group health home hours household id identifier incident indicator invoice job key",
        "last latitude ledger level line local location longitude maiden manager middle mobile",
        "month name national net nhs note number occupation officer order organisation outcome",
        "owner paid parent pay payee payment percent period person phone pin place post postcode",
        "price product programme project property provider pupil quantity quarter rate reason",
        "received record reference region religion reported role room salary school score section",
        "sector serial service sex site source spend staff start state status street student",
        "subject sum supplier surname target tax team telephone tenancy tenant text time title to",
        "total town transaction type unit until update upn uprn urn user value vat vehicle vendor",
        "version ward web week year",
    )
    for word in line.split()
)
"""Words that headers are made of."""


def header_row(table: Sampled) -> tuple[int, tuple[str, ...]] | None:
    """The header's source row (0 where the form of the file names the columns) and its cells.

    Returns:
        None where no row is proved to be one.
    """
    if table.table.field_names is not None:
        return 0, tuple(table.table.field_names)
    head = table.head.table.slice(0, WITHIN).to_pylist()
    lines = [tuple(str(cell or "") for cell in line.values()) for line in head]
    full = max((sum(bool(c.strip()) for c in line) for line in lines), default=0)
    for place, line in enumerate(lines[:-1]):
        named = [cell for cell in line if cell.strip()]
        if len(named) < max(1, 0.6 * full) or len(set(named)) < len(named):
            continue
        row = int(table.head.rows[place])
        if _is_header(line, named, table, row):
            return row, line
    return None


def showable(cell: str) -> str | None:
    """A header as it may be shown; None where it looks like a value."""
    text = " ".join(cell.split())
    return None if not text or len(text) > _LONGEST or _VALUE.search(text) else text


def _is_header(line: Sequence[str], named: list[str], table: Sampled, row: int) -> bool:
    if any(_VALUE.search(cell.strip()) or len(cell) > _LONGEST for cell in named):
        return False
    if any(cell.strip()[:1].isdigit() or cell.strip().casefold() in _NOTHING for cell in named):
        return False
    if 2 * sum(map(_is_known, named)) > len(named):
        return not _comes_again(line, table, row)
    # Other words, above columns of figures, dates or codes.
    figures = unlike = 0
    for position, cell in enumerate(line):
        values = [v for v in table.below(position, row).to_pylist() if v and v.strip()]
        if len(values) < 2 or sum(any(map(str.isdigit, v)) for v in values) < 0.8 * len(values):
            continue
        figures += 1
        unlike += bool(cell.strip()) and not any(map(str.isdigit, cell))
    return 2 * unlike > figures and not _comes_again(line, table, row)


def _is_known(cell: str) -> bool:
    """Whether at least half the words of a cell are such as headers are made of."""
    some = words(cell)
    return bool(some) and 2 * sum(word in _KNOWN for word in some) >= len(some)


def _comes_again(line: Sequence[str], table: Sampled, row: int) -> bool:
    """Whether a cell is also a value below it, in more than one column: then it is a record."""
    again = sum(
        bool(cell.strip()) and cell in table.below(position, row).to_pylist()
        for position, cell in enumerate(line)
    )
    return again > max(1, len(line) // 3)
