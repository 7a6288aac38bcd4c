"""The kind of place ``sftp``."""

from typing import Literal

from contracts.places.files import Files


class Sftp(Files):
    """A folder of an SFTP server.

    The connection gives host, login, and password or private key, and the host's key.
    """

    kind: Literal["sftp"]
