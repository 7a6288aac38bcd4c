"""A table of how well something is read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """What became of the values (or files) of one kind, against their right answers.

    Attributes:
        title: what was tried.
        right: read as the answer says, or refused where the answer is that it must be.
        wrong: read as something else, or accepted where it must be refused.
        refused: refused, with a reason, where the answer has a value.
        of: how many were tried; right, wrong and refused are all of them.
        note: where the answers come from; why nothing was tried, if so.
        exact: whether the rule is exact, so that anything wrong is a fault.
    """

    title: str
    right: int
    wrong: int
    refused: int
    of: int
    note: str
    exact: bool = True

    def __post_init__(self) -> None:
        if self.right + self.wrong + self.refused != self.of:
            raise ValueError(f"{self.title}: right, wrong and refused are not {self.of} in all")

    @property
    def fails(self) -> bool:
        """Whether an exact rule was wrong somewhere."""
        return self.exact and self.wrong > 0
