"""What a file server's refusals mean ([MS-ERREF] 2.3.1)."""

from smbprotocol.exceptions import SMBAuthenticationError, SMBConnectionClosed, SMBException
from spnego.exceptions import SpnegoError

from connectors.errors import Unreachable
from connectors.fetch import problems

LOGIN = {
    0xC000006D: "logon failure",
    0xC000006A: "wrong password",
    0xC0000064: "no such user",
    0xC000006E: "account restriction",
    0xC000006F: "outside logon hours",
    0xC0000070: "not from this computer",
    0xC0000071: "password expired",
    0xC0000072: "account disabled",
    0xC000015B: "logon type not granted",
    0xC0000193: "account expired",
    0xC0000224: "password must be changed",
    0xC0000234: "account locked",
    0xC0000413: "not allowed to log on here",
}
MISSING = frozenset({0xC000000F, 0xC0000034, 0xC000003A, 0xC0000103, 0xC00000BA, 0xC0000225})
"""No such file; name or path not found; no folder; is a folder; not found."""

NO_SHARE = frozenset({0xC00000CC, 0xC00000C9})
"""Bad network name; network name deleted."""

FORBIDDEN = frozenset({0xC0000022, 0xC0000061, 0xC00000CA})
IN_USE = frozenset({0xC0000043, 0xC0000054, 0xC0000055, 0xC0000056})
"""Sharing violation, lock conflict, lock not granted, delete pending."""


def refused(
    error: Exception, where: str, path: str | None, *, listing: bool = False
) -> Unreachable:
    """An error of smbprotocol, as people are told of it.

    Args:
        where: share and connection.
        path: the file or folder asked for, below the place's folder; None for the share itself.
        listing: whether ``path`` is a folder that was to be listed.
    """
    status = _status(error)
    said = f"NT status {status:#010x}" if status is not None else type(error).__name__
    if status in LOGIN or isinstance(error, (SMBAuthenticationError, SpnegoError)):
        return problems.login_refused(where, LOGIN.get(status or 0, said))
    if status in NO_SHARE or (status in MISSING and not path):
        return problems.folder_missing(where)
    if status in FORBIDDEN and (not path or listing):
        return problems.folder_unreadable(f"{path} of {where}" if path else where, said)
    if status in FORBIDDEN:
        return problems.file_unreadable(path or "", where, said)
    if status in MISSING and listing:
        return problems.folder_missing(f"{path} of {where}")
    if status in MISSING:
        return problems.file_gone(path or "", where)
    if status in IN_USE:
        return problems.file_in_use(path or "", where)
    if status is not None:
        return problems.failing(where, said)
    if isinstance(error, SMBException) and not isinstance(error, (OSError, SMBConnectionClosed)):
        return _of_session(error, where)
    broken = isinstance(error, (ValueError, SMBConnectionClosed))
    return problems.not_answering(where, "no connection" if broken else said)


def _of_session(error: SMBException, where: str) -> Unreachable:
    """What is wrong between client and server, which only smbprotocol's text tells apart."""
    text = str(error).lower()
    if "timeout" in text or "timed out" in text:
        return problems.not_answering(where, "time is over")
    if "guest" in text:
        return problems.login_refused(where, "it takes the login for a guest's")
    if "encrypt" in text or "sign" in text:
        return Unreachable(
            "place-unsafe",
            f"{problems.begun(where)}: the server does not offer the signing or encryption this "
            "connection demands. Have it switched on there.",
        )
    return problems.failing(where, type(error).__name__)


def _status(error: Exception) -> int | None:
    for name in ("ntstatus", "status"):
        told = getattr(error, name, None)
        if isinstance(told, int):
            return told
        value = getattr(told, "value", None)
        if isinstance(value, int):
            return value
    return None
