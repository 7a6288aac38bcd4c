"""What differs between two states of a table, wherever each of them stands."""

from pipeline.diff.comparing import Difference
from pipeline.diff.diff import diff
from pipeline.diff.sides import UnusableSide

__all__ = ["Difference", "UnusableSide", "diff"]
