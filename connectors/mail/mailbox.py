"""Opens a folder of a mailbox for reading only (IMAP's EXAMINE), and lists messages in it."""

import hashlib
import imaplib
import ipaddress
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import TypeVar

from imap_tools import AND, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessage
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import problems

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds the server may take for an answer."""
TOGETHER = 200
"""Messages whose headers are asked for at a time."""
_PORTS = {"ssl": 993, "starttls": 143, "none": 143}
_PARSER = BytesParser(policy=policy.default)


@dataclass(frozen=True)
class Message:
    """One message, without its content.

    Attributes:
        uid: the server's number for it in the folder.
        key: when it was received (UTC), and a hash of its headers: the same wherever it lies.
        received: by the server's clock (UTC).
        size: bytes, attachments as they are encoded.
        sender: the one address it says it is from, in small letters; empty where it names none, or
            several.
        subject: its subject.
    """

    uid: str
    key: str
    received: datetime
    size: int
    sender: str
    subject: str


@contextmanager
def opened(connection: Connection, folder: str, where: str) -> Iterator["Folder"]:
    """A folder of the mailbox, as long as the block lasts.

    Raises:
        Unreachable: the server cannot be reached, refuses the login, or has no such folder; or the
            connection would send the password in the clear.
    """
    box = _told(where, lambda: _connected(connection))
    try:
        _told(where, lambda: _let_in(box, connection, folder, where))
        yield Folder(box, where)
    finally:
        with suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
            box.logout()


class Folder:
    """The messages of one folder."""

    def __init__(self, box: BaseMailBox, where: str) -> None:
        self._box, self._where = box, where

    def messages(self, since: date) -> Iterator[Message]:
        """Messages received on a day or later, oldest first.

        Raises:
            Unreachable: the server broke off.
        """
        criteria = AND(date_gte=since)
        uids = self._tell(lambda: self._box.uids(criteria))
        found: list[Message] = []
        for at in range(0, len(uids), TOGETHER):
            some = ",".join(uids[at : at + TOGETHER])
            parts = self._ask(some, "(UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])")
            found += [_message(one) for one in parts]
        yield from sorted(found, key=lambda one: (one.received, int(one.uid)))

    def content(self, message: Message) -> EmailMessage | None:
        """A message whole; None where it has gone."""
        for content in self._ask(message.uid, "(UID BODY.PEEK[])"):
            made = _PARSER.parsebytes(content[1])
            assert isinstance(made, EmailMessage)
            return made
        return None

    def _ask(self, uids: str, what: str) -> list[tuple[bytes, bytes]]:
        status, parts = self._tell(lambda: self._box.client.uid("FETCH", uids, what))
        if status != "OK":
            raise problems.failing(self._where, "a message was not given")
        return [part for part in parts if isinstance(part, tuple)]

    def _tell(self, work: Callable[[], T]) -> T:
        return _told(self._where, work)


def _message(part: tuple[bytes, bytes]) -> Message:
    facts, headers = part
    listed = MailMessage([part])
    local = imaplib.Internaldate2tuple(facts)
    received = datetime.fromtimestamp(time.mktime(local) if local else 0, UTC)
    parsed = _PARSER.parsebytes(headers, headersonly=True)
    digest = hashlib.sha256(headers).hexdigest()[:12]
    return Message(
        uid=listed.uid or "",
        key=f"{received:%Y-%m-%dT%H%M%SZ}-{digest}",
        received=received,
        size=listed.size_rfc822,
        sender=_sender(parsed),
        subject=_text(parsed, "Subject"),
    )


def _sender(parsed: object) -> str:
    """The one address in the one From line: of several, nobody could say whose message it is."""
    assert isinstance(parsed, EmailMessage)
    try:
        lines = parsed.get_all("From") or []
        addresses = [one for line in lines for one in line.addresses]
    except (ValueError, IndexError, AttributeError, LookupError):
        return ""  # email's parser gives up on some malformed lines
    return addresses[0].addr_spec.lower() if len(lines) == len(addresses) == 1 else ""


def _text(parsed: object, name: str) -> str:
    assert isinstance(parsed, EmailMessage)
    try:
        return str(parsed.get(name, ""))
    except (ValueError, IndexError, AttributeError, LookupError):
        return ""


def _connected(connection: Connection) -> BaseMailBox:
    host, security = connection.host, _security(connection)
    port = connection.port or _PORTS[security]
    if security == "none":
        return MailBoxUnencrypted(host, port, timeout=PATIENCE)
    context = ssl.create_default_context(cafile=connection.extra.get("ca_file") or None)
    if security == "starttls":
        return MailBoxStartTls(host, port, timeout=PATIENCE, ssl_context=context)
    return MailBox(host, port, timeout=PATIENCE, ssl_context=context)


def _security(connection: Connection) -> str:
    """How the line is kept from others: ``ssl``, ``starttls`` or, where that is declared or the
    server is this machine, ``none``."""
    if not connection.host or not connection.login:
        raise problems.incomplete(connection, "names no host or no login; add them")
    declared = connection.extra.get("security")
    plain = str(connection.extra.get("use_ssl", "true")).lower() == "false"
    found = str(declared or ("none" if plain else "ssl"))
    if found not in _PORTS:
        raise problems.incomplete(
            connection, f"has a security that is none of {', '.join(_PORTS)}; correct its extra"
        )
    if found == "none" and declared is None and not _is_loopback(connection.host):
        raise problems.incomplete(
            connection,
            "would send its password in the clear; leave use_ssl out, or say security: starttls; "
            "security: none sends it in the clear all the same",
        )
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _let_in(box: BaseMailBox, connection: Connection, folder: str, where: str) -> None:
    words = connection.login, connection.password
    # LOGIN knows ASCII only, and the error would quote the password.
    login = box.login if all(word.isascii() for word in words) else box.login_utf8
    try:
        login(*words, initial_folder=None)
        refused = False
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, MailboxLoginError):
        refused = True
    if refused:
        raise problems.login_refused(where, "IMAP")
    # EXAMINE: nothing is marked as seen.
    box.folder.set(folder, readonly=True)


def _told(where: str, work: Callable[[], T]) -> T:
    """What some work with the server gives; its errors in our words, without its own."""
    try:
        return work()
    except MailboxFolderSelectError:
        problem = problems.folder_missing(where)
    except ssl.SSLCertVerificationError:
        problem = Unreachable(
            "certificate-refused",
            f"{problems.begun(where)}: the server's certificate is not trusted here; give the "
            "authority's certificate as ca_file in the connection's extra.",
        )
    except imaplib.IMAP4.abort:
        problem = problems.not_answering(where, "it broke off")
    except (ImapToolsError, imaplib.IMAP4.error):
        problem = problems.failing(where, "IMAP")
    except OSError as error:
        problem = problems.not_answering(where, error.strerror or type(error).__name__)
    raise problem
