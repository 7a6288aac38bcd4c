"""Pages for people: what there is, and how to ask. Plain HTML that needs nothing from elsewhere."""

from collections.abc import Iterable, Mapping
from html import escape

from api.catalogue import Column, Table
from api.filters import OPERATORS
from api.openapi import WORDS

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
:root { color-scheme: light dark; --ink: #111; --paper: #fff;
  --link: #00408a; --read: #5a2d82; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #15191d;
  --link: #9cc8ff; --read: #d9bfff; } }
html { color: var(--ink); background: var(--paper); }
a { color: var(--link); } a:visited { color: var(--read); }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%; } .wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid #8888; }
code, pre { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
pre { padding: .6rem; border: 1px solid #8888; overflow-x: auto; white-space: pre-wrap; }
"""


def landing(tables: Mapping[str, Table], root: str) -> str:
    """The first page."""
    listed = "".join(
        f'<li><a href="{root}/docs#{one.name}">{escape(one.facts["title"])}</a>: '
        f'<a href="{root}/v1/tables/{one.name}/download?format=csv">CSV</a>, '
        f'<a href="{root}/v1/tables/{one.name}/download?format=parquet">Parquet</a>, '
        f'<a href="{root}/v1/tables/{one.name}/rows">JSON, page by page</a></li>'
        for one in tables.values()
    )
    return _page(
        "Open tables",
        "<p>Tables published for everybody. Read them here without a key, with a program or a "
        f"spreadsheet.</p><ul>{listed}</ul>"
        f'<p><a href="{root}/docs">How to ask</a>, '
        f'<a href="{root}/v1/tables">the list for programs</a>, '
        f'<a href="{root}/openapi.json">the OpenAPI document</a></p>',
    )


def documentation(tables: Mapping[str, Table], root: str) -> str:
    """How to ask, table by table."""
    return _page("How to ask", "".join((GENERAL, *(_table(one, root) for one in tables.values()))))


GENERAL = """
<h2>Pages</h2>
<p>Rows come in pages, of <code>limit</code> rows (1 to 10,000). <code>next</code> in JSON, and the
<code>Link</code> header in every form, is the address of the next page; on the last there is none.
Rows that come or go meanwhile make no other row appear twice or be left out.</p>
<h2>Forms</h2>
<p>Say <code>format=json</code>, <code>csv</code> or <code>parquet</code>, or name the media type in
the <code>Accept</code> header: <code>application/json</code>, <code>text/csv</code>,
<code>application/vnd.apache.parquet</code>. In JSON, decimals and dates are strings. In CSV, text
that a spreadsheet would take for a formula has an apostrophe before it.</p>
<h2>What has not changed</h2>
<p>Send the <code>ETag</code> of an answer as <code>If-None-Match</code>: where nothing has changed,
status 304 comes back without rows.</p>
<h2>What goes wrong</h2>
<p>Errors are <code>application/problem+json</code> (RFC 9457); status 422 names each parameter that
is wrong. Status 503 says in <code>Retry-After</code> when to try again.</p>
"""


def _table(table: Table, root: str) -> str:
    facts, here = table.facts, f"{root}/v1/tables/{table.name}"
    licence = facts["licence"]
    asked = f"{here}/rows?limit=10"
    rows = "".join(_column(one) for one in table.columns.values())
    fresh = "".join(
        _row(one.feed, one.latest_as_at or "", _time(one.last_checked_at), one.kitemark or "none")
        for one in table.sources
    )
    redacted = "".join(
        f"<li>{escape(', '.join(one['columns']) or 'whole rows')}: {escape(one['reason'])}</li>"
        for one in facts["redacted"]
    )
    return (
        f'<section aria-labelledby="{table.name}"><h2 id="{table.name}">'
        f"{escape(facts['title'])}</h2><p>{escape(facts['description'])}</p>"
        f'<p>{escape(facts["caveats"])}</p><p>Licence: <a href="{escape(licence["url"])}">'
        f"{escape(licence['title'])}</a>. Publisher: {escape(facts['publisher'])}. Contact: "
        f'<a href="mailto:{escape(facts["contact"]["email"])}">{escape(facts["contact"]["name"])}'
        f"</a>.</p><pre>GET {escape(asked)}</pre>"
        f"{_grid('Columns', ('column', 'type', 'meaning', 'one may ask'), rows)}"
        f"{_grid('Feeds', ('feed', 'as at', 'last checked', 'kitemark'), fresh)}"
        + (f"<p>Left out to protect persons:</p><ul>{redacted}</ul>" if redacted else "")
        + "</section>"
    )


def _column(column: Column) -> str:
    said = f"{column.meaning} ({column.unit})" if column.unit else column.meaning
    asked = ", ".join(
        f"{column.name}.{one} ({WORDS[one]})" if one else column.name
        for one in OPERATORS[column.family]
    )
    return _row(column.name, column.type, said, asked)


def _row(first: object, *others: object) -> str:
    cells = "".join(f"<td>{escape(str(one))}</td>" for one in others)
    return f'<tr><th scope="row"><code>{escape(str(first))}</code></th>{cells}</tr>'


def _grid(caption: str, headings: Iterable[str], rows: str) -> str:
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in headings)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _time(at: object) -> str:
    return str(at)[:16] if at else ""


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - '
        'Watersmeet</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main>"
        "</body></html>\n"
    )
