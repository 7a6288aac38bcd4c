"""Numbers with what they count, for people: ``1 file``, ``2,000 files``."""


def quantity(number: int, one: str, several: str | None = None) -> str:
    """A number and its noun.

    Args:
        one: the noun of one.
        several: the noun of none or many, where it is not ``one`` with an s.
    """
    return f"{number:,} {one if number == 1 else several or one + 's'}"
