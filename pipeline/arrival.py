"""An arrival as it travels between tasks, and what it is known again by."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from connectors.fetch import Arrival


def stamp(arrival: Arrival) -> str | None:
    """What a place shows of an arrival before it is fetched; None where it shows too little."""
    if arrival.stamp is not None:
        return arrival.stamp
    if arrival.size is None or arrival.modified is None:
        return None
    return f"{arrival.size} {arrival.modified.isoformat()}"


def to_json(arrival: Arrival) -> dict[str, Any]:
    """As plain lists, dictionaries and texts."""
    modified = arrival.modified.isoformat() if arrival.modified else None
    return {**asdict(arrival), "files": list(arrival.files), "modified": modified}


def from_json(written: dict[str, Any]) -> Arrival:
    """Back from :func:`to_json`."""
    modified = written["modified"]
    return Arrival(
        **{
            **written,
            "files": tuple(written["files"]),
            "modified": datetime.fromisoformat(modified) if modified else None,
        }
    )
