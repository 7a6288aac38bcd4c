"""An OData service on loopback, versions 4 and 2, made from the standard's text.

OData 4.01 Part 1 § 11.2 (requesting data), JSON Format § 4 and § 15; OData 2.0 URI conventions § 4
and JSON format. It knows one entity set and the few options its clients here are to use, and
answers 400 to all others, as § 11.2.1 demands.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from tests.servers.http_server import Answer, Asked

Row = dict[str, Any]

_V4 = {"$select", "$filter", "$orderby", "$skip", "$top", "$count", "$skiptoken", "$format"}
_V2 = {"$select", "$filter", "$orderby", "$skip", "$top", "$inlinecount", "$skiptoken", "$format"}
_COMPARED = re.compile(r"(\w+) (ge|gt|eq) (.+)")


@dataclass
class Service:
    """The set ``Payments``: ``Id`` (a number), ``Changed`` (UTC) and whatever else rows have.

    ``page`` is the most it sends at once, unless less is preferred; None: all.
    """

    rows: list[Row]
    version: int = 4
    page: int | None = 2
    counts: bool = True
    queries: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        query = asked.query
        self.queries.append(query)
        options = {name for name in query if name.startswith("$")}
        if options - (_V4 if self.version == 4 else _V2):
            return Answer(400, {}, b'{"error": {"code": "501"}}')
        if self.version == 2 and query.get("$format") != "json":
            return Answer(200, {"Content-Type": "application/atom+xml"}, b"<feed/>")
        rows = [row for row in self.rows if _meets(row, query.get("$filter"))]
        count = len(rows)
        for name in reversed(query.get("$orderby", "Id").split(",")):
            rows.sort(key=lambda row: row[name])
        rows = rows[int(query.get("$skip", 0)) :]
        if "$top" in query:
            rows = rows[: int(query["$top"])]
        # The token is the service's own affair; here, how many were sent.
        sent = int(query.get("$skiptoken", "t0")[1:])
        rows = rows[sent:]
        most = self._most(asked.headers)
        following = None
        if most is not None and len(rows) > most:
            rows = rows[:most]
            following = _with_token(asked.target, f"t{sent + most}")
        return self._page(asked, query, rows, count, following)

    def _most(self, headers: Mapping[str, str]) -> int | None:
        preferred = re.search(r"odata\.maxpagesize=(\d+)", headers.get("prefer", ""))
        if preferred is None or self.version == 2:
            return self.page
        return min(int(preferred[1]), self.page or int(preferred[1]))

    def _page(
        self, asked: Asked, query: dict[str, str], rows: list[Row], count: int, following: Any
    ) -> Answer:
        wanted = query["$select"].split(",") if "$select" in query else None
        shown = [{k: v for k, v in row.items() if wanted is None or k in wanted} for row in rows]
        body: dict[str, Any]
        if self.version == 4:
            bare = "odata.metadata=none" in asked.headers.get("accept", "")
            body = {} if bare else {"@odata.context": "$metadata#Payments"}
            if query.get("$count") == "true" and self.counts:
                body["@odata.count"] = count
            body["value"] = [{k: _v4(v) for k, v in row.items()} for row in shown]
            if not bare:
                for i, row in enumerate(body["value"]):
                    row["@odata.id"] = f"Payments({i})"
            if following:
                body["@odata.nextLink"] = following
        else:
            results = [
                {"__metadata": {"type": "Works.Payment"}, **{k: _v2(v) for k, v in row.items()}}
                for row in shown
            ]
            inner: dict[str, Any] = {"results": results}
            if query.get("$inlinecount") == "allpages" and self.counts:
                inner["__count"] = str(count)
            if following:
                inner["__next"] = following
            body = {"d": inner}
        kind = {"Content-Type": "application/json", "OData-Version": "4.0"}
        return Answer(200, kind, json.dumps(body).encode())


def _with_token(target: str, token: str) -> str:
    parts = urlsplit(target)
    kept = [(k, v) for k, v in parse_qsl(parts.query) if k != "$skiptoken"]
    query = "&".join(f"{quote(k)}={quote(v)}" for k, v in [*kept, ("$skiptoken", token)])
    return f"{parts.path}?{query}"


def _meets(row: Row, condition: str | None) -> bool:
    """``a ge 1``, ``(a eq 'x') and b ge 2``."""
    if condition is None:
        return True
    both = re.fullmatch(r"\((.+)\) and (.+)", condition)
    if both:
        return _meets(row, both[1]) and _meets(row, both[2])
    compared = _COMPARED.fullmatch(condition)
    assert compared is not None, f"no such filter here: {condition}"
    here, there = row[compared[1]], _literal(compared[3])
    return bool({"ge": here >= there, "gt": here > there, "eq": here == there}[compared[2]])


def _literal(written: str) -> Any:
    if re.fullmatch(r"-?\d+L?", written):
        return int(written.rstrip("L"))
    quoted = re.fullmatch(r"(?:datetime|datetimeoffset)?'(.*)'", written)
    if quoted and not written.startswith("datetime"):
        return quoted[1]
    moment = datetime.fromisoformat((quoted[1] if quoted else written).replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _v4(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value


def _v2(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"/Date({int(value.timestamp() * 1000)})/"
    return value
