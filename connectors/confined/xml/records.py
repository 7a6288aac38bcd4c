"""Reads records out of XML in the child process, element by element: nothing of a record is kept
once it is sent.

Where fields are declared, :mod:`connectors.confined.xml.fields` finds their values. Otherwise each
leaf is a column, named by its path as one would declare it.
"""

from typing import Any

from connectors.confined.child import Frames
from connectors.confined.keyed import Keyed
from connectors.confined.xml.fields import DeclaredFields
from connectors.confined.xml.leaves import EveryLeaf
from connectors.confined.xml.outline import find_records
from connectors.confined.xml.walk import Walk


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends the one table of a file; the request is that of ``connectors.read.parsed.xml_records``.

    Raises:
        Unreadable: it is damaged or unsafe, or has no records where they are declared.
    """
    path, file, encoding = request["path"], request["file"], request["encoding"]
    if request["records"] is None:
        records = find_records(path, file, encoding)
    else:
        records = [(space, local) for space, local in request["records"]]
    table = Keyed(frames, file, list(request["fields"]))
    walk: Walk
    if request["fields"]:
        walk = DeclaredFields(file, encoding, records, table, request["fields"])
    else:
        walk = EveryLeaf(file, encoding, records, table)
    walk.parse(path)
    table.close()
