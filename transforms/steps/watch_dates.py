"""Watch whether the dates of a long table keep to what its first records prove.

The first records settle how a column's dates are written where nothing that may follow, but what
:class:`DateWatch` looks for, would make :func:`prove_dates` say anything else of the whole column:

- a date of another form than those seen is a further format, and perhaps another order;
- rows that prove the other order of day and month are strays as long as they are few against the
  first records' proofs, and so against all proofs, which are more;
- dates of three two-digit parts are settled once one of them cannot have its year first;
- the mark of a spreadsheet that swapped day and month needs dates of two forms, both of which were
  seen then, or follow as a further format;
- a word instead of a date may be the header of another table.

Whole numbers that may be dates are never settled: each of them counts.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset import DateOrder
from transforms.steps.date_doubts import is_year_and_number
from transforms.steps.date_shapes import DateColumn, Last, in_order, shape_of, shapes, tidy
from transforms.steps.prove_dates import DateProof, are_strays, may_be_year_first
from transforms.steps.survey import gather_dates
from transforms.values.looks import looks
from transforms.values.parsed import Texts


class NotSettled(Exception):
    """The first records do not settle how the dates are written: the whole column is needed."""


class DateWatch:
    """Watches one column.

    Args:
        column: its first records.
        proof: what they prove.
        declared_order: what the feed declares.
        birth: whether they are dates of birth.

    Raises:
        NotSettled: they settle nothing.
    """

    def __init__(
        self,
        column: DateColumn,
        proof: DateProof,
        declared_order: DateOrder | None,
        *,
        birth: bool = False,
    ) -> None:
        found = shapes(column)
        self._formats = frozenset(proof.formats)
        self._order = proof.order
        declared = declared_order in ("dmy", "mdy")
        unproved = len(found.last) > 0 and proof.order is None
        if (
            not proof.formats
            or found.numbers
            or found.compact
            or column.words
            or unproved
            or proof.in_doubt
            or (declared and len(found.last) > 0 and declared_order != proof.order)
            or may_be_year_first(found.last)
        ):
            raise NotSettled
        self._birth = birth
        self._proofs, self._against = self._weights(found.last)
        self._known = pa.array([], pa.string())

    def see(self, written: Texts, unread: Texts) -> None:
        """Look at the written values of a batch.

        Args:
            written: each at least once.
            unread: those that were not read, one for each row.

        Raises:
            NotSettled: the whole column may prove something else.
        """
        seen = pc.unique(looks(written.drop_null()))
        fresh = seen.filter(pc.invert(pc.is_in(seen, self._known)))
        if len(fresh):
            for look in fresh.to_pylist():
                self._judge(tidy(look))
            self._known = pa.concat_arrays([self._known, fresh])
        if len(unread):
            column = DateColumn()
            gather_dates(column, unread, np.zeros(len(unread), np.int64))
            self._against += self._weights(shapes(column).last)[1]
            # Where one date is of the other order, others may be in doubt, but for dates of birth,
            # which lie in no few months.
            strays = self._birth and are_strays(self._against, self._proofs)
            if (self._against and not strays) or any(map(is_year_and_number, column.counts)):
                raise NotSettled

    def _judge(self, look: str) -> None:
        if not look:
            return
        if not any(character.isdigit() for character in look):
            raise NotSettled
        shape = shape_of(look)
        if shape is None:
            return
        kind, written = shape
        if kind == "last" and self._order is not None:
            written = in_order(written, self._order)
        if kind in ("compact", "number") or written not in self._formats:
            raise NotSettled

    def _weights(self, last: Last) -> tuple[int, int]:
        """Rows that prove the order, and rows that prove the other."""
        day_first = int(last.counts[(last.first > 12) & (last.second <= 12)].sum())
        month_first = int(last.counts[(last.second > 12) & (last.first <= 12)].sum())
        return (month_first, day_first) if self._order == "mdy" else (day_first, month_first)
