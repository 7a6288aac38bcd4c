"""Headers that may be told: those that can hold nothing but what is declared."""

from typing import Any

import pytest

from pipeline.lineage_events.fields import Fields, name_of
from transforms.mapping import MappedColumn, Mapping


def column(
    header: str, how: Any = "exact", name: str = "surname", at: int | None = 0
) -> MappedColumn:
    return MappedColumn(name, at, header, how)


@pytest.mark.parametrize(
    ("header", "how", "told"),
    [
        ("Surname ", "exact", "Surname"),
        ("* Surname (£)", "exact", "* Surname (£)"),
        ("Family-Name", "declared", "Family-Name"),
        # Other letters do not count when headers are compared, and may spell a name.
        ("Surname Ωμέγα", "exact", "surname"),
        ("Surname 王小明", "declared", "surname"),
        ("Surname Canary", "inferred", "surname"),
        ("", "exact", "surname"),
    ],
)
def test_what_nothing_vouches_for_is_told_by_the_contracts_name(
    header: str, how: str, told: str
) -> None:
    assert name_of(column(header, how)) == told


def test_unknown_headers_and_constants_are_not_told() -> None:
    one = Mapping(1, (column("Surname"), column("Canary", "constant", "school", None)),
                  unknown=("Jane Canary",), outside_agreement=("telephone",))  # fmt: skip
    other = Mapping(1, (column("Family name"), column("Surname")))
    fields = Fields.of([one, other])
    assert fields.read == {"surname": ("Surname", "Family name")}
    assert fields.dropped == ("telephone",)
    assert fields.first("surname") == "Surname" and fields.first("forenames") == "forenames"
