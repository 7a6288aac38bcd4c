"""The kind of place ``mail``."""

from typing import Literal

from contracts.places.files import Files


class Mail(Files):
    """Attachments of the messages in a folder of a mailbox (IMAP).

    The connection gives host, login and password; ``path`` is the mailbox's folder.
    """

    kind: Literal["mail"]
