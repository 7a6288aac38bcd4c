"""Attachments of the messages in a folder of a mailbox (IMAP), which is left as it is."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch.arrival import Arrival, Fetched, Found, Standing, Unfinished
from connectors.fetch.copying import take
from connectors.fetch.files import look
from connectors.fetch.patience import patiently
from connectors.fetch.share import Entry, Share
from connectors.mail.attachments import Attachment, attachments
from connectors.mail.mailbox import Folder, Message, opened
from contracts.places import Mail

_IN_MESSAGES = "*/"
"""Attachments are shown as files in a folder for each message."""


def discover(place: Mail, connection: Connection, standing: Standing) -> Found:
    """What is attached to the messages of the declared senders, oldest first.

    Several messages with an attachment of one name bring versions of it, and one of them is found
    at each look: the oldest that came after the one that is settled. So none is skipped, whatever
    becomes of a fetch. Nothing is said to be gone: people tidy their mailboxes.

    Raises:
        Unreachable: the mailbox cannot be read.
    """

    def attempt() -> Found:
        with open_share(place, connection) as share:
            found = look(_with_folders(place), share, Standing())
            waiting = (*share.too_large(), *found.unfinished)
            return Found(_versions(place, found.arrivals, standing), waiting, None)

    return patiently(attempt)


def fetch(place: Mail, connection: Connection, arrival: Arrival, into: Path) -> Fetched:
    """Writes the attachments' bytes.

    Raises:
        Unreachable: the message has gone (``passing``), or an attachment is damaged.
    """

    def attempt() -> Fetched:
        with open_share(place, connection) as share:
            return take(share, arrival, into)

    return patiently(attempt)


@contextmanager
def open_share(place: Mail, connection: Connection) -> Iterator["Attachments"]:
    """The attachments as files, as long as the block lasts.

    Raises:
        Unreachable: the server cannot be reached, refuses the login, or has no such folder.
    """
    where = f"folder {place.path} of the mailbox (connection {connection.id!r})"
    with opened(connection, place.path, where) as folder:
        yield Attachments(place, folder, where)


def _with_folders(place: Mail) -> Mail:
    return place.model_copy(update={"pattern": _IN_MESSAGES + place.pattern})


def _versions(
    place: Mail, arrivals: tuple[Arrival, ...], standing: Standing
) -> tuple[Arrival, ...]:
    """Arrivals under their own names, of each name the one whose turn it is."""
    if place.delivery == "folder":
        return arrivals
    by_name: dict[str, list[Arrival]] = {}
    for arrival in arrivals:  # oldest first
        name = arrival.name.rpartition("/")[2]
        by_name.setdefault(name, []).append(replace(arrival, name=name))
    found = [_due(versions, standing.stamps.get(name)) for name, versions in by_name.items()]
    return tuple(sorted(found, key=lambda one: (one.modified, one.name)))


def _due(versions: list[Arrival], settled: str | None) -> Arrival:
    """The oldest version after the settled one; that itself where nothing came after."""
    if settled is None or len(versions) == 1:
        return versions[0]
    stamps = [one.stamp for one in versions]
    if settled in stamps:
        return versions[min(stamps.index(settled) + 1, len(versions) - 1)]
    # Its message was taken away: what was received later than it.
    since = datetime.fromisoformat(settled.split(" ")[1])
    later = [one for one in versions if one.modified is not None and one.modified > since]
    return later[0] if later else versions[-1]


class Attachments(Share):
    """Attachments as files, each in a folder named for its message."""

    def __init__(self, place: Mail, folder: Folder, where: str) -> None:
        self.where = where
        self._place, self._folder = place, folder
        self._messages: dict[str, Message] | None = None
        self._held: tuple[str, list[Attachment]] | None = None

    def entries(
        self,
        folder: str = "",
        *,
        deep: bool = False,
        enter: Callable[[str], bool] | None = None,
    ) -> Iterator[Entry]:
        """The attachments of all messages meant, oldest message first."""
        del deep, enter
        for key, message in self._meant().items():
            if folder in ("", key) and not self._is_too_large(message):
                for attachment in self._attached(message) or ():
                    yield _entry(message, attachment)

    def facts(self, path: str) -> Entry:
        """One attachment as it is."""
        message, attachment = self._one(path)
        return _entry(message, attachment)

    @contextmanager
    def opened(self, entry: Entry) -> Iterator[BinaryIO]:
        """An attachment's bytes."""
        _, attachment = self._one(entry.path)
        if attachment.broken:
            raise Unreachable(
                "attachment-damaged",
                f"{entry.name} from {self.where} was damaged or cut short on its way. Have it sent "
                "again, and the message it came with taken out of the folder.",
            )
        yield io.BytesIO(attachment.content)

    def too_large(self) -> Iterator[Unfinished]:
        """Messages that are not fetched for their size."""
        for key, message in self._meant().items():
            if self._is_too_large(message):
                yield Unfinished(
                    f"message {key}",
                    f"has {message.size >> 20} MB, more than `largest`, and is not fetched",
                )

    def _is_too_large(self, message: Message) -> bool:
        return message.size > self._place.largest << 20

    def _meant(self) -> dict[str, Message]:
        """Messages by their key: of the senders and with the subject that are declared."""
        if self._messages is None:
            days = timedelta(days=self._place.within_days)
            since = (datetime.now(UTC) - days).date()
            self._messages = {
                one.key: one for one in self._folder.messages(since) if self._is_meant(one)
            }
        return self._messages

    def _is_meant(self, message: Message) -> bool:
        subject = self._place.subject
        if not self._place.is_from(message.sender):
            return False
        return subject is None or fnmatchcase(message.subject.casefold(), subject.casefold())

    def _attached(self, message: Message) -> list[Attachment] | None:
        """What is attached to a message, of which the last is held; None where it has gone."""
        if self._held is None or self._held[0] != message.key:
            content = self._folder.content(message)
            if content is None:
                return None
            self._held = message.key, attachments(content)
        return self._held[1]

    def _one(self, path: str) -> tuple[Message, Attachment]:
        key, _, name = path.partition("/")
        message = self._meant().get(key)
        for attachment in (self._attached(message) if message else None) or ():
            if message is not None and attachment.name == name:
                return message, attachment
        raise Unreachable(
            "file-gone",
            f"{name} can no longer be read from {self.where}: its message is not there any more. "
            "It is tried again.",
            passing=True,
        )


def _entry(message: Message, attachment: Attachment) -> Entry:
    return Entry(
        path=f"{message.key}/{attachment.name}",
        size=len(attachment.content),
        modified=message.received,
        version=f"{message.key.rpartition('-')[2]} {attachment.part}",
        owner=message.sender or None,
    )
