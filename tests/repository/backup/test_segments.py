"""Names of segments of the log: read, written, and seen to follow one another."""

import pytest

from repository.backup.segments import Segment, missing, position

MIB = 1 << 20


@pytest.mark.parametrize("size", [1 * MIB, 16 * MIB, 1024 * MIB])
@pytest.mark.parametrize("at", ["0/0", "0/1000028", "0/FFFFFFFF", "1/0", "2A/B374D848"])
def test_a_name_is_read_as_it_is_written(size: int, at: str) -> None:
    segment = Segment.at(3, position(at), size)
    name = segment.name(size)
    assert len(name) == 24 and name.startswith("00000003")
    assert Segment.named(name, size) == segment


def test_as_postgresql_names_them() -> None:
    # SELECT pg_walfile_name('1/FF000000'), on timeline 1 with segments of 16 MiB.
    assert Segment.at(1, position("1/FF000000"), 16 * MIB).name(16 * MIB) == (
        "0000000100000001000000FF"
    )
    assert Segment.at(1, position("2/0"), 16 * MIB).name(16 * MIB) == "000000010000000200000000"


def test_a_gap_is_found_over_the_end_of_a_half() -> None:
    first = Segment.named("0000000100000001000000FE", 16 * MIB)
    last = Segment.named("000000010000000200000001", 16 * MIB)
    there = [first, last, Segment.named("000000010000000200000000", 16 * MIB)]
    lacking = [one.name(16 * MIB) for one in missing(there, first, last)]
    assert lacking == ["0000000100000001000000FF"]
