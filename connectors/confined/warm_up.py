"""What the nursery does once so that no child has to."""

import sys
from datetime import date
from importlib.abc import MetaPathFinder

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class _NoPandas(MetaPathFinder):
    """Arrow asks pandas whether a list is one of its own: a third of a second, and 40 MB."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Finds no pandas."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


def warm_up() -> None:
    """Has Arrow do a little of what parsers ask of it, so that every fork has what it imports and
    sets up for that."""
    sys.meta_path.insert(0, _NoPandas())
    numbers = pa.array(np.zeros(1)).cast(pa.string())
    days = pa.array([date(2000, 1, 1)], pa.date32()).cast(pa.string())
    pc.max(pc.binary_length(numbers))
    table = pa.concat_tables([pa.table({"0": numbers, "1": days})])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
