"""Tables of one delivery that hold the same records: a sheet of all months beside the months."""

from typing import Any

import numpy as np

from connectors.read.batch import Int64s, no_hashes
from transforms.mapping import Refused

_FEWEST = 3
_SHARE = 0.9


class Repeated:
    """Looks, table by table, whether a table's records stood in the tables before it.

    Args:
        several: whether there are several tables; of one, nothing is kept.
    """

    def __init__(self, several: bool) -> None:
        self._several = several
        self._before = no_hashes()
        self._here: list[Any] = []

    def see(self, *hashes: Int64s) -> None:
        """Take note of some records of the current table."""
        if self._several:
            self._here += [some for some in hashes if len(some)]

    def end(self, place: str, sheets: bool) -> None:
        """The current table is at its end.

        Args:
            place: its file and sheet, for people.
            sheets: whether it is a sheet of a workbook.

        Raises:
            Refused: ``sheet-repeated``, where nearly all its records stood in tables before it.
        """
        here = np.concatenate(self._here) if self._here else no_hashes()
        self._here = []
        again = int(np.isin(here, self._before).sum())
        if len(here) >= _FEWEST and again >= _SHARE * len(here):
            remedy = (
                "Declare the sheets to read in the feed's file (file: {format: workbook, sheets: "
                "[...]}), or take the sheet out"
                if sheets
                else "Send them once"
            )
            raise Refused(
                "sheet-repeated",
                f"{place}: {again:,} of its {len(here):,} records stand in tables of the delivery "
                f"before it as well, so that each would count twice. {remedy}",
            )
        self._before = np.union1d(self._before, here)
