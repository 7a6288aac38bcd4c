"""The kind of place ``mail``."""

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from contracts.places.files import Files

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+|@?[^@\s]+\.[^@\s]+")
ANYBODY = "any"


class Mail(Files):
    """Attachments of the messages in a folder of a mailbox (IMAP).

    The connection gives host, login and password; ``path`` is the mailbox's folder. A delivery is
    one attachment, or with ``delivery: folder`` all attachments of one message that match.
    """

    kind: Literal["mail"]
    path: str = "INBOX"
    senders: tuple[str, ...] = Field(
        description="whose messages: addresses, or domains as @northmoor.example; or `any`"
    )
    subject: str | None = Field(
        None, min_length=1, description="subjects, with *; upper and lower case are alike"
    )
    within_days: int = Field(100, ge=1, description="older messages are not looked at")
    largest: int = Field(50, ge=1, description="megabytes; a larger message is not fetched")
    settled_for: float = Field(0.0, ge=0, description="seconds a message must have lain there")

    @field_validator("senders", mode="before")
    @classmethod
    def _one_or_several(cls, written: object) -> object:
        return (written,) if isinstance(written, str) else written

    @field_validator("senders")
    @classmethod
    def _are_senders(cls, written: tuple[str, ...]) -> tuple[str, ...]:
        if written == (ANYBODY,):
            return written
        wrong = [one for one in written if not _ADDRESS.fullmatch(one)]
        if wrong or not written:
            what = repr(wrong[0]) if wrong else "an empty list"
            raise ValueError(
                f"{what} names no sender; write addresses, domains such as @northmoor.example, or "
                "the one word `any`, with which whoever knows the mailbox's address can deliver"
            )
        return tuple(one.lower() for one in written)

    @model_validator(mode="after")
    def _of_messages(self) -> "Mail":
        if self.done_marker is not None or self.manifest is not None:
            raise ValueError("a message comes whole: remove done_marker and manifest")
        if self.delivery == "all":
            raise ValueError("messages go on coming: say `delivery: file`, `folder` or `date`")
        if "/" in self.pattern:
            raise ValueError("an attachment lies in no folder: write a pattern without /")
        return self

    def is_from(self, address: str) -> bool:
        """Whether messages of an address are meant."""
        address = address.lower()
        domain = address.rpartition("@")[2]
        return self.senders == (ANYBODY,) or any(
            address == one if "@" in one[1:] else domain == one.removeprefix("@")
            for one in self.senders
        )
