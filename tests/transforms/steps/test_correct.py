"""Corrections column by column: exact text, one record or all, and which comes first."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.steps.correct import Change, correct, record_text
from transforms.steps.select import Written, distinct


def digest(text: str) -> bytes:
    return text.encode()


def written(**columns: list[str | None]) -> dict[str, Written]:
    return {name: distinct(pa.array(values, pa.string())) for name, values in columns.items()}


def of(batch: dict[str, Written], place: int) -> bytes:
    return digest(record_text({n: c.values[place].as_py() for n, c in batch.items()}))


def test_every_record_with_the_exact_text() -> None:
    batch = written(day=["31/02", "1/2", "31/02 ", None], other=["31/02"] * 4)
    corrected, found = correct(batch, [Change(5, "day", "31/02", "28/02")], digest)
    assert corrected["day"].values.to_pylist() == ["28/02", "1/2", "31/02 ", None]
    assert corrected["other"] is batch["other"]
    assert {number: at.tolist() for number, at in found.items()} == {5: [0]}
    assert batch["day"].values.to_pylist()[0] == "31/02", "what was supplied is kept"


def test_one_record_only_and_before_one_for_all() -> None:
    batch = written(day=["31/02", "31/02"], who=["a", "b"])
    changes = [
        Change(1, "day", "31/02", "28/02", record=of(batch, 1)),
        Change(2, "day", "31/02", "27/02"),
        Change(3, "day", "31/02", "26/02"),
    ]
    corrected, found = correct(batch, changes, digest)
    assert corrected["day"].values.to_pylist() == ["26/02", "28/02"]
    assert {number: at.tolist() for number, at in found.items()} == {1: [1], 3: [0]}


def test_a_blank_cell_is_filled_and_a_text_taken_away() -> None:
    batch = written(day=["", None, " ", "x"])
    changes = [
        *(Change(n, "day", "", str(n), record=of(batch, n)) for n in (0, 1, 2)),
        Change(3, "day", "x", ""),
    ]
    corrected, found = correct(batch, changes, digest)
    assert corrected["day"].values.to_pylist() == ["0", "1", "2", None]
    assert set(found) == {0, 1, 2, 3}


def test_what_has_expired_is_counted_and_not_applied() -> None:
    batch = written(day=["a", "a"])
    corrected, found = correct(batch, [Change(1, "day", "a", "b", counted_only=True)], digest)
    assert corrected["day"] is batch["day"]
    assert found[1].tolist() == [0, 1]


def test_a_change_does_not_feed_another() -> None:
    batch = written(day=["a", "b"])
    changes = [Change(1, "day", "a", "b"), Change(2, "day", "b", "c")]
    corrected, _ = correct(batch, changes, digest)
    assert corrected["day"].values.to_pylist() == ["b", "c"]


def test_a_column_the_delivery_lacks() -> None:
    batch = written(day=["a"])
    assert correct(batch, [Change(1, "gone", "a", "b")], digest) == (batch, {})


@pytest.mark.parametrize("wide", [False, True], ids=["few distinct", "all distinct"])
@given(texts=st.lists(st.sampled_from(["a", "b", "", " a", None]), min_size=1, max_size=30))
def test_as_row_by_row(wide: bool, texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    batch = {"day": Written(column, column, None) if wide else distinct(column)}
    corrected, found = correct(batch, [Change(1, "day", "a", "z")], digest)
    assert corrected["day"].values.to_pylist() == ["z" if t == "a" else t for t in texts]
    spread = corrected["day"].spread(corrected["day"].distinct)
    assert spread.to_pylist() == corrected["day"].values.to_pylist()
    at = found.get(1)
    assert ([] if at is None else at.tolist()) == [n for n, t in enumerate(texts) if t == "a"]


def test_texts_are_in_no_representation() -> None:
    assert "Canary" not in repr(Change(1, "surname", "Canary", "Canary", None))
