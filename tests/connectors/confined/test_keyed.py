"""Records that bear names go out in batches of bounded size, whole, in order, each only once."""

import io
import json
import struct
from typing import Any

import pyarrow as pa
import pytest

from connectors.confined import keyed
from connectors.confined.child import Frames
from connectors.confined.keyed import Keyed
from connectors.errors import Unreadable


class Sent:
    """A table whose frames are kept."""

    def __init__(self, *names: str) -> None:
        self._stream = io.BytesIO()
        self.table = Keyed(Frames(self._stream), "a.json", names)

    def frames(self) -> list[tuple[str, bytes]]:
        """Kind and payload of each so far."""
        left, found = self._stream.getvalue(), []
        while left:
            kind, length = struct.unpack_from("<cQ", left)
            found.append((kind.decode(), left[9 : 9 + length]))
            left = left[9 + length :]
        return found

    def batches(self) -> list[dict[str, list[Any]]]:
        """Rows and cells of each batch so far."""
        return [
            pa.ipc.open_stream(payload).read_all().to_pydict()
            for kind, payload in self.frames()
            if kind == "B"
        ]

    def rows(self) -> list[list[int]]:
        """The rows of each batch so far."""
        return [batch["row"] for batch in self.batches()]

    def told(self, kind: str) -> list[Any]:
        """What the frames of a kind hold."""
        return [json.loads(payload) for one, payload in self.frames() if one == kind]


def test_names_are_columns_in_the_order_they_come_in() -> None:
    sent = Sent()
    sent.table.add(1, {"b": "1"}, 1)
    sent.table.add(3, {"a": "2", "b": None}, 1)
    sent.table.close(pages=1)
    assert sent.batches() == [{"row": [1, 3], "0": ["1", None], "1": [None, "2"]}]
    assert [kind for kind, _ in sent.frames()] == ["S", "B", "P", "F"]
    assert sent.told("F") == [{"field_names": ["b", "a"], "pages": 1}]


def test_nothing_is_sent_of_no_records() -> None:
    sent = Sent("a")
    sent.table.close()
    assert sent.rows() == [] and sent.told("S") == [{"field_names": ["a"]}]


def test_a_batch_has_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyed, "_ROWS", 3)
    sent = Sent()
    for row in range(1, 8):
        sent.table.add(row, {"a": str(row)}, 1)
        assert len(sent.rows()) == row // 3, "as soon as it is full, and not before"
    sent.table.close()
    assert sent.rows() == [[1, 2, 3], [4, 5, 6], [7]]


def test_a_batch_has_so_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns that a record lacks are cells as well; those of records before are not forgotten."""
    monkeypatch.setattr(keyed, "_CELLS", 6)
    sent = Sent()
    for row in range(1, 4):
        sent.table.add(row, {"ab"[row % 2]: str(row)}, 1)
        assert len(sent.rows()) == row // 3
    for row in range(4, 7):
        sent.table.add(row, {"c": str(row)}, 1)
    sent.table.close()
    assert sent.rows() == [[1, 2, 3], [4, 5], [6]]
    cells = [cell for batch in sent.batches() for cell in batch.get("2", [])]
    assert cells == ["4", "5", "6"], "each record once"


def test_a_batch_has_so_many_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyed, "_CHARACTERS", 10)
    sent = Sent()
    for row, characters in enumerate((5, 4, 1, 9, 1, 30, 9), 1):
        sent.table.add(row, {"a": "x"}, characters)
    assert sent.rows() == [[1, 2, 3], [4, 5], [6]], "counted anew for each batch"
    sent.table.close()
    assert sent.rows() == [[1, 2, 3], [4, 5], [6], [7]]


def test_batches_are_of_bounded_size() -> None:
    """As many cells or characters as a worker has room for, whatever the records are."""
    wide = Sent()
    record = {str(i): "x" for i in range(1_000)}
    for row in range(1, 402):
        wide.table.add(row, record, 1)
    assert [len(rows) for rows in wide.rows()] == [400]
    long = Sent()
    for row in range(1, 18):
        long.table.add(row, {"a": "x"}, 1 << 20)
    assert [len(rows) for rows in long.rows()] == [16]


@pytest.mark.parametrize("declared", [0, 2_000])
def test_two_thousand_columns_are_allowed_and_no_more(declared: int) -> None:
    names = [f"n{i}" for i in range(2_000)]
    sent = Sent(*names[:declared])
    sent.table.add(1, dict.fromkeys(names[:1_999], "x"), 1)
    sent.table.add(2, {names[-1]: "y"}, 1)
    with pytest.raises(Unreadable) as refusal:
        sent.table.add(3, {"one more": "z"}, 1)
    assert refusal.value.code == "file-too-demanding"
    assert "a.json: by record 3 its records have over 2,000" in refusal.value.message
    fits = Sent(*names)
    fits.table.add(1, {names[-1]: "y"}, 1)
    fits.table.close()
    [batch] = fits.batches()
    assert len(batch) == 2_001 and batch["1999"] == ["y"], "with the number of its row"


def test_half_a_character_is_replaced_and_told_and_its_neighbours_are_left() -> None:
    sent = Sent()
    for row, text in enumerate(("a\ud800b", None, "c", "\udfff", "\U0001f600"), 5):
        sent.table.add(row, {"a": text, "b": "x"}, 1)
    sent.table.problem(6, "value-too-long")
    sent.table.close()
    [batch] = sent.batches()
    assert batch["0"] == ["a\ufffdb", None, "c", "\ufffd", "\U0001f600"]
    assert sent.told("P") == [
        [[5, "control-character"], [6, "value-too-long"], [8, "control-character"]]
    ]


def test_half_characters_are_told_in_the_row_they_stand_in_of_every_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keyed, "_ROWS", 2)
    sent = Sent()
    for row, text in enumerate(("a", "\ud800", "b", "\ud801"), 1):
        sent.table.add(row, {"a": text}, 1)
    sent.table.close()
    assert [batch["0"] for batch in sent.batches()] == [["a", "\ufffd"], ["b", "\ufffd"]]
    assert sent.told("P") == [[[2, "control-character"], [4, "control-character"]]]
