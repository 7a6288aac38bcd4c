"""What goes wrong at places of files, said alike whatever protocol they speak.

``where`` names folder and connection; ``said`` is what the protocol calls it, never a server's own
text, which may quote anything.
"""

from connectors.connection import Connection
from connectors.errors import Unreachable


def incomplete(connection: Connection, what: str) -> Unreachable:
    """A connection that lacks something."""
    return Unreachable("connection-incomplete", f"Connection {connection.id!r} {what}.")


def not_answering(where: str, said: str) -> Unreachable:
    """A server that cannot be reached, breaks off or takes too long."""
    return Unreachable(
        "place-not-answering",
        f"{begun(where)}: the server does not answer ({said}). It is tried again; if that goes on, "
        "check the connection's host and port, and the network between.",
        passing=True,
    )


def failing(where: str, said: str) -> Unreachable:
    """A server that answers with an error of its own."""
    return Unreachable(
        "place-failing",
        f"{begun(where)}: the server fails ({said}). It is tried again; if that goes on, tell "
        "whoever runs it.",
        passing=True,
    )


def login_refused(where: str, said: str) -> Unreachable:
    """Credentials the server does not take."""
    return Unreachable(
        "login-refused",
        f"{begun(where)}: the server refused the login ({said}). Correct the connection's login, "
        "password or key, or have the account opened.",
    )


def folder_missing(where: str) -> Unreachable:
    """A folder, share or bucket that is not there."""
    return Unreachable(
        "folder-missing",
        f"{begun(where)} does not exist. Correct the connection or the feed's path, or have it "
        "made.",
        passing=True,
    )


def folder_unreadable(where: str, said: str) -> Unreachable:
    """A folder, share or bucket that may not be listed."""
    return Unreachable(
        "folder-unreadable",
        f"{begun(where)} cannot be read ({said}). Have this account given the right to list and "
        "read it.",
    )


def file_gone(path: str, where: str) -> Unreachable:
    """A file that is no longer there."""
    return Unreachable(
        "file-gone",
        f"{path} is no longer in {where}. It is tried again.",
        passing=True,
    )


def file_unreadable(path: str, where: str, said: str) -> Unreachable:
    """A file that may not be read."""
    return Unreachable(
        "file-unreadable",
        f"{path} in {where} may not be read ({said}). Have this account given the right to.",
    )


def file_in_use(path: str, where: str) -> Unreachable:
    """A file that somebody holds open."""
    return Unreachable(
        "file-in-use",
        f"{path} in {where} is open elsewhere and may be being written. It is tried again.",
        passing=True,
    )


def file_changed(path: str, where: str) -> Unreachable:
    """A file that is not what it was when the fetch began."""
    return Unreachable(
        "file-changed",
        f"{path} from {where} changed while it was fetched; the copy was thrown away and is made "
        "again once the file has come to rest.",
        passing=True,
    )


def file_damaged(path: str, where: str, said: str) -> Unreachable:
    """A file of which other bytes came than the server has."""
    return Unreachable(
        "file-damaged",
        f"{path} from {where}: {said}. The copy was thrown away; it is fetched again.",
        passing=True,
    )


def leads_out(path: str, where: str) -> Unreachable:
    """A link to what is not below the connection's folder."""
    return Unreachable(
        "link-leaves-folder",
        f"{path} leads out of {where}, by a link or by the feed's path; it was refused. Remove the "
        "link, or give the other folder a connection of its own.",
    )


def begun(sentence: str) -> str:
    """A sentence with a capital at its beginning."""
    return sentence[:1].upper() + sentence[1:]
