"""Doing what a person decided, and saying why where it cannot be done."""

from collections.abc import Callable
from typing import TypeVar

from fastapi import HTTPException

from repository.database import NoDatabase
from repository.problems import DatabaseDown

T = TypeVar("T")

OURS = ("pipeline.", "contracts.", "connectors.", "transforms.", "repository.")


def carried_out(do: Callable[[], T]) -> T:
    """Do something; what our own code says against it is said to the user.

    Raises:
        HTTPException: 404 where something is not there, 409 where the decision does not stand.
    """
    try:
        return do()
    except (DatabaseDown, NoDatabase):
        raise
    except Exception as error:
        if not type(error).__module__.startswith(OURS):
            raise
        status = 404 if isinstance(error, LookupError) else 409
        raise HTTPException(status, str(error)) from error
