"""What is attached to a message: names as people wrote them, bytes as they were sent."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageDefect
from email.message import EmailMessage, Message

_FOLDERS = re.compile(r"[/\\]")


@dataclass(frozen=True)
class Attachment:
    """One attachment.

    Attributes:
        name: its file name, without folders; no two of a message are equal.
        part: where in the message it is: 2, or 2.1 in a message that is attached itself.
        content: its bytes.
        broken: whether its encoding was cut short or damaged on the way.
    """

    name: str
    part: str
    content: bytes
    broken: bool


def attachments(message: EmailMessage) -> list[Attachment]:
    """What is attached to a message, and to messages attached to it. What is shown in the text
    (``inline``: signatures, logos) is not."""
    found: list[Attachment] = []
    taken: set[str] = set()
    for part, number in _leaves(message, ""):
        name = _name(part)
        if name is None:
            continue
        if name.casefold() in taken:
            stem, dot, ending = name.rpartition(".")
            name = f"{stem or ending} (part {number}){dot and stem and '.' + ending}"
        taken.add(name.casefold())
        content, broken = _content(part)
        found.append(Attachment(name, number, content, broken))
    return found


def _leaves(message: Message, number: str) -> Iterator[tuple[Message, str]]:
    if not message.is_multipart():
        yield message, number or "1"
        return
    inner = message.get_payload()
    assert isinstance(inner, list)
    for i, part in enumerate(inner, 1):
        assert isinstance(part, Message)
        yield from _leaves(part, f"{number}.{i}" if number else str(i))


def _name(part: Message) -> str | None:
    """The file name of a part; None where it is no attachment."""
    try:
        disposition, name = part.get_content_disposition(), part.get_filename()
    except (ValueError, IndexError, AttributeError, LookupError):
        return None  # email's parser gives up on some malformed headers
    if disposition == "inline" or (disposition is None and not name):
        return None
    # Macs write accents apart from their letters.
    plain = unicodedata.normalize("NFC", _FOLDERS.split(name or "")[-1].strip())
    return plain or "attachment"


def _content(part: Message) -> tuple[bytes, bool]:
    before = len(part.defects)
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError):
        return b"", True
    late: list[MessageDefect] = part.defects[before:]
    return (content, bool(late)) if isinstance(content, bytes) else (b"", True)
