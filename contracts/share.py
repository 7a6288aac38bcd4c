"""How a share is written: counts first, and never rounded to nothing or to everything."""

from decimal import ROUND_HALF_UP, Decimal

DECIMALS = 2


def counted(part: int, whole: int) -> str:
    """A share as counts and per cent.

    As many decimals are given as it takes for some to differ from none and most from all: 100 of
    1,000,000 is 0.01 %, 1 of 1,000,000 is 0.0001 %, 999,999 of 1,000,000 is 99.9999 %.

    Raises:
        ValueError: the part is more than the whole, or less than none.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is no share")
    if whole == 0:
        return "0 of 0"
    return f"{part:,} of {whole:,} ({_percent(part, whole)} %)"


def _percent(part: int, whole: int) -> str:
    exact, decimals = Decimal(part * 100) / Decimal(whole), DECIMALS
    while True:
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if (rounded != 0 or part == 0) and (rounded != 100 or part == whole):
            break
        decimals += 1
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
