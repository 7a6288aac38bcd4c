"""Why a value is missing, and how suppliers write that.

The reasons and their writings are a register, ``registers/missing.csv``: its codes are the reasons,
each with an issue ``missing-<reason>`` in the issue catalogue. It comes with the code, whatever
folder the other declarations are in; a feed adds writings of its own (``missing`` of a column).
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from contracts.register_file import load_register

Reason = Literal[
    "not-asked", "not-known", "refused", "not-applicable", "withheld", "placeholder"
]  # fmt: skip
REASONS: tuple[str, ...] = get_args(Reason)
ISSUE = "missing-"
"""What the issue code of a reason begins with."""

PATH = Path(__file__).parent / "registers" / "missing.csv"


@cache
def missing_writings() -> Mapping[str, str]:
    """Every listed way of writing that a value is missing, in the form in which writings of codes
    are compared, to the reason."""
    return load_register(PATH).writings
