"""An interface on loopback that hands out the same rows in every way of paging."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http_server import Answer, Asked, as_json

Row = dict[str, Any]


@dataclass
class PagedApi:
    """Rows with an ``id``, in order of it; at most ``size`` in a page, whatever is asked for.

    ``before`` is called with the number of the page about to be made, for rows to come and go.
    """

    rows: list[Row]
    size: int = 2
    before: Callable[[int], None] = lambda number: None
    made: int = 0
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        self.before(self.made)
        self.made += 1
        way: Callable[[Asked, dict[str, Any]], Answer] = getattr(
            self, "_" + asked.path.strip("/").replace("-", "_")
        )
        given = json.loads(asked.body) if asked.body else asked.query
        return way(asked, given)

    def _slice(self, start: int, limit: Any = None) -> list[Row]:
        return self.rows[start : start + min(self.size, int(limit or self.size))]

    def _link(self, asked: Asked, given: dict[str, Any]) -> Answer:
        start = int(given.get("start", 0))
        more = start + self.size < len(self.rows)
        following = f"/link?start={start + self.size}" if more else None
        return as_json({"data": {"items": self._slice(start)}, "links": {"next": following}})

    def _link_header(self, asked: Asked, given: dict[str, Any]) -> Answer:
        start = int(given.get("start", 0))
        links = ['</link-header?start=0>; rel="first"']
        if start + self.size < len(self.rows):
            links.append(f'<link-header?start={start + self.size}>; title="a, b"; rel="next last"')
        return as_json(self._slice(start), Link=", ".join(links))

    def _cursor(self, asked: Asked, given: dict[str, Any]) -> Answer:
        start = int(given.get("cursor", "c0")[1:])
        more = start + self.size < len(self.rows)
        cursor = f"c{start + self.size}" if more else None
        return as_json({"items": self._slice(start), "meta": {"cursor": cursor, "more": more}})

    def _body(self, asked: Asked, given: dict[str, Any]) -> Answer:
        start = int(given.get("page", {}).get("after", "c0")[1:])
        more = start + self.size < len(self.rows)
        page = {"items": self._slice(start), "after": f"c{start + self.size}" if more else ""}
        return as_json(page) if given["fields"] == ["id"] else Answer(400)

    def _offset(self, asked: Asked, given: dict[str, Any]) -> Answer:
        rows = self._slice(int(given["offset"]), given.get("limit"))
        total = {"X-Total-Count": str(len(self.rows))}
        return as_json({"items": rows, "total": len(self.rows)}, **total)

    def _page(self, asked: Asked, given: dict[str, Any]) -> Answer:
        rows = self._slice((int(given["page"]) - 1) * self.size)
        pages = max(1, -(-len(self.rows) // self.size))
        return as_json({"items": rows, "pages": pages, "total": len(self.rows)})

    def _keyset(self, asked: Asked, given: dict[str, Any]) -> Answer:
        after = int(given.get("after", -1))
        rows = [row for row in self.rows if row["id"] > after][: self.size]
        return as_json({"items": rows, "total": len(self.rows)})
