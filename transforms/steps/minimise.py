"""Keep what the agreement lets land; the rest is never read."""

from collections.abc import Collection, Mapping

from contracts.column import ColumnFacts


def minimise(
    columns: Mapping[str, ColumnFacts], agreed: Collection[str] | None
) -> tuple[dict[str, ColumnFacts], tuple[str, ...]]:
    """The columns of a contract that may land, and the names of those that may not.

    Args:
        agreed: column names of the agreement; None where a file is only being checked, which lands
            nothing.
    """
    if agreed is None:
        return dict(columns), ()
    kept = {name: facts for name, facts in columns.items() if name in agreed}
    return kept, tuple(name for name in columns if name not in kept)
