"""Names of columns, classes and code lists, made from what suppliers write."""

import keyword
import re
import unicodedata
from collections.abc import Collection, Sequence

_LONGEST = 48
_SEPARATED = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def column_names(headers: Sequence[str], taken: Collection[str] = ()) -> list[str]:
    """A name for each header: lower case, words joined by underscores, each only once.

    A header without letters is named by its place (``column_3``). A name that Python, the
    repository or a companion of another column needs gets a number.

    Args:
        taken: names that may not be given.
    """
    used = {*taken, "row", "name"} - {"name"}
    made: list[str] = []
    for place, header in enumerate(headers, 1):
        base = identifier(header) or f"column_{place}"
        name, number = base, 1
        while name in used or keyword.iskeyword(name):
            number += 1
            name = f"{base}_{number}"
        used |= {name, f"{name}_match", f"{name}_precision", f"{name}_missing"}
        made.append(name)
    return made


def identifier(text: str) -> str:
    """A text as a name for a program; empty where nothing of it can stand in one."""
    text = re.sub(r"\([^)]*\)", " ", text) if re.search(r"[^\W\d]", text.split("(")[0]) else text
    plain = unicodedata.normalize("NFKD", text.replace("£", " ").replace("&", " and "))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    parts = re.findall(r"[a-z0-9]+", _SEPARATED.sub(" ", plain).lower())
    name = "_".join(parts)[:_LONGEST].strip("_")
    if name and name[0].isdigit():
        name = f"n_{name}"
    return name


def class_name(name: str) -> str:
    """The class of a dataset or entity: ``penalty_charge`` is ``PenaltyCharge``."""
    return "".join(part.capitalize() for part in name.split("_"))
