"""Checks words of a feed's file that are free text to the model but mean something."""

import codecs
import zoneinfo
from collections.abc import Iterator
from pathlib import PurePosixPath

from contracts.feed import Feed
from contracts.file_forms import Delimited, FixedWidth
from contracts.places import Database, Files
from contracts.schedule import PRESETS, is_schedule
from contracts.strict_yaml import Document

Problem = tuple[int, int, str]
_CRON = f"write five cron fields such as '0 6 * * 1' or one of {', '.join(sorted(PRESETS))}"


def field_problems(feed: Feed, form: FixedWidth, document: Document) -> Iterator[Problem]:
    """Fields of a fixed-width record that overlap, and headers that are none of them."""
    taken: dict[int, str] = {}
    for i, field in enumerate(form.fields):
        for position in range(field.start, field.start + field.length):
            other = taken.setdefault(position, field.name)
            if other != field.name:
                message = f"field {field.name} overlaps {other} at position {position}"
                yield (*document.place("file", "fields", i), message)
                break
    names = {field.name for field in form.fields}
    for name, rule in feed.columns.items():
        if rule.header is not None and rule.header not in names:
            message = f"{name}: there is no field {rule.header!r} under file"
            yield (*document.place("columns", name, "header"), message)


def settings_problems(feed: Feed, document: Document) -> Iterator[Problem]:
    """Words that are free text to the model but mean something."""
    try:
        zoneinfo.ZoneInfo(feed.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        yield (*document.place("timezone"), f"there is no time zone {feed.timezone!r}")
    if feed.schedule is not None and not is_schedule(feed.schedule):
        yield (*document.place("schedule"), f"{feed.schedule!r} is no schedule; {_CRON}")
    yield from _timetable_problems(feed, document)
    yield from _database_problems(feed, document)
    encoding = feed.file.encoding if isinstance(feed.file, Delimited | FixedWidth) else None
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError:
            yield (*document.place("file", "encoding"), f"there is no encoding {encoding!r}")
    path = PurePosixPath(feed.place.path if isinstance(feed.place, Files) else ".")
    if path.is_absolute() or ".." in path.parts:
        message = "the path goes below the connection's folder; make it relative, without `..`"
        yield (*document.place("place", "path"), message)


def _database_problems(feed: Feed, document: Document) -> Iterator[Problem]:
    """What a feed from a database's table must say of what comes of it."""
    if not isinstance(feed.place, Database):
        return
    if feed.place.incremental and feed.replaces != "nothing":
        message = (
            "a watermark brings what is new, not the whole: what it does not bring is still there; "
            "declare `replaces: nothing`"
        )
        yield (*document.place_of_key("place", "watermark"), message)
    if not isinstance(feed.file, Delimited):
        message = "rows of a database are landed as delimited text; remove `file`"
        yield (*document.place_of_key("file"), message)


def _timetable_problems(feed: Feed, document: Document) -> Iterator[Problem]:
    """What is said of when deliveries come, held against itself."""
    expected = feed.expected
    if expected is not None and feed.expected_every_days is not None:
        message = "expected and expected_every_days both say when a delivery is due; keep one"
        yield (*document.place_of_key("expected"), message)
    if expected is not None and expected.times is not None and not is_schedule(expected.times):
        yield (*document.place("expected", "times"), f"{expected.times!r} is no timetable; {_CRON}")
    for name, declared in (("expected", expected and not expected.times), ("watch", feed.watch)):
        if declared and feed.schedule is None:
            message = f"{name} goes by the feed's schedule, and it has none; declare one"
            yield (*document.place_of_key(name), message)
