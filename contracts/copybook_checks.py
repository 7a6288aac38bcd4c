"""Checks a feed whose records a copybook describes: the copybook, and what the feed says of it."""

from collections.abc import Iterator
from pathlib import Path

from contracts.cobol import BadCopybook
from contracts.feed import Feed
from contracts.file_forms.copybook import FOLDER, Copybook
from contracts.strict_yaml import Document

Problem = tuple[int, int, str]


def copybook_problems(
    feed: Feed, form: Copybook, document: Document, root: Path
) -> Iterator[Problem]:
    """A copybook that is missing or broken, words of the feed's file that it does not bear out,
    and headers that are none of its fields.

    The form of the feed looks for its copybook under this root from then on.
    """
    form.look_in(root / FOLDER)
    try:
        shape = form.described()
        wrong = list(form.wrong(shape))
    except BadCopybook as error:
        place = document.place("file", "copybook")
        yield (*place, f"{FOLDER}/{form.copybook}, {error}")
        return
    for keys, message in wrong:
        yield (*document.place_of_key("file", *keys), message)
    names = set(shape.columns)
    for name, rule in feed.columns.items():
        if rule.header is not None and rule.header not in names:
            near = ", ".join(sorted(names)[:20])
            message = f"{name}: the copybook has no field {rule.header!r}; it has {near}"
            yield (*document.place("columns", name, "header"), message)
