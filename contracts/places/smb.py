"""The kind of place ``smb``."""

from typing import Literal

from contracts.places.files import Files


class Smb(Files):
    """A share of a Windows or Samba file server (SMB 2 and 3).

    The connection gives host, login and password, and the share's name in its extra.
    """

    kind: Literal["smb"]
