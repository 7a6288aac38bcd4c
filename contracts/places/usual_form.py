"""The form of the files a place makes itself, where a feed declares none."""

from collections.abc import Mapping
from typing import Any


def usual_form(place: Any) -> dict[str, Any] | None:
    """Of the pages of an interface and of a database's rows, as their place is written; None of
    places with files of others' making."""
    if not isinstance(place, Mapping):
        return None
    if place.get("kind") == "api":
        return {"format": "json", "records": place.get("records", "")}
    if place.get("kind") == "odata":
        records = "d.results" if place.get("version") == 2 else "value"
        return {"format": "json", "records": records}
    if place.get("kind") == "database":
        written = {"delimiter": ",", "encoding": "utf-8", "header_row": 1}
        return {"format": "delimited", **written}
    return None
