"""One page of rows: its body in any form, and where the next one begins."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import psycopg
import pyarrow as pa

from api.catalogue import Table
from api.cursors import Cursors, Place
from api.filters import Asked
from api.formats import JSON, Format, json_rows, written
from api.rows import KEY, rows, schema


@dataclass(frozen=True)
class Page:
    """Rows, and the address of the next page; None on the last."""

    rows: pa.Table
    next: str | None

    def body(self, form: Format, asked: Asked) -> bytes:
        """The page in a form."""
        if form is not JSON:
            return b"".join(written(form, iter([self.rows]), asked.columns))
        following = json.dumps(self.next).encode()
        return b'{"rows":[%s\n],"next":%s}\n' % (b"".join(json_rows(iter([self.rows]))), following)


def page_of(
    conn: psycopg.Connection,
    table: Table,
    asked: Asked,
    cursors: Cursors,
    address: str,
    parameters: Sequence[tuple[str, str]],
) -> Page:
    """The page a request asks for.

    Args:
        address: of the pages, without parameters.
        parameters: of the request, which the next page's address takes over.
    """
    limit = asked.limit or 0
    types = {**KEY, **{field.name: field.type for field in schema(asked.columns)}}
    empty = pa.schema(list(types.items())).empty_table()
    found = pa.concat_tables([empty, *rows(conn, table, asked)])
    following = None
    if len(found) > limit:
        found = found.slice(0, limit)
        part, row, feed = (found[name][limit - 1].as_py() for name in KEY)
        last = Place(part, uuid.UUID(row), feed)
        kept = [one for one in parameters if one[0] != "cursor"]
        following = f"{address}?{urlencode([*kept, ('cursor', cursors.text(table.name, last))])}"
    return Page(found.drop_columns(list(KEY)).combine_chunks(), following)
