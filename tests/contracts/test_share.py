"""Shares as people read them."""

import pytest

from contracts.share import counted


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (100, 1_000_000, "100 of 1,000,000 (0.01 %)"),
        (1, 1_000_000, "1 of 1,000,000 (0.0001 %)"),
        (49, 1_000_000, "49 of 1,000,000 (0.005 %)"),
        (999_999, 1_000_000, "999,999 of 1,000,000 (99.9999 %)"),
        (1, 3_000_000_000, "1 of 3,000,000,000 (0.00000003 %)"),
        (0, 1_000_000, "0 of 1,000,000 (0 %)"),
        (7, 7, "7 of 7 (100 %)"),
        (1, 4, "1 of 4 (25 %)"),
        (1, 3, "1 of 3 (33.33 %)"),
        (1, 10, "1 of 10 (10 %)"),
        (0, 0, "0 of 0"),
    ],
)
def test_some_never_reads_as_none_nor_most_as_all(part: int, whole: int, said: str) -> None:
    assert counted(part, whole) == said


@pytest.mark.parametrize(("part", "whole"), [(2, 1), (-1, 5)])
def test_what_is_no_share_is_not_written(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        counted(part, whole)
