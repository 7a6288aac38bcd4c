"""The kind of place ``folder``."""

from typing import Literal

from contracts.places.files import Files


class Folder(Files):
    """A folder that is there: local, or a share somebody mounted.

    The connection's path is the folder; ``path`` goes below it.
    """

    kind: Literal["folder"]
