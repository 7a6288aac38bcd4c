"""Hostile JSON: whole documents, and an object a line."""

from collections.abc import Iterator

from tests.hostile import sound
from tests.hostile.case import QUARANTINED, READ, Case, case
from tests.hostile.refusals import JSON, KIND, UNDECIDED


def json_texts() -> Iterator[Case]:
    """All of them."""
    yield from _deep()
    yield from _values()
    yield from _out_of_measure()
    yield from _damaged()
    yield from _lines()


def _deep() -> Iterator[Case]:
    yield case("deep.json", b"[" * 100_000 + b"]" * 100_000, QUARANTINED, *JSON, KIND)
    yield case("deep-objects.json", b'[{"a":' * 50_000 + b"1" + b"}]" * 50_000, *JSON, READ)
    yield case(
        "deep-value.json",
        b'[{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}]",
        *JSON,
        READ,
        QUARANTINED,
    )


def _values() -> Iterator[Case]:
    """Numbers, names and letters that readers differ about."""
    yield case("number-1mb.json", b'[{"a":' + b"9" * 1_000_000 + b"}]", READ, QUARANTINED, *JSON)
    yield case(
        "number-exponent.json", b'[{"a":1e999999999},{"a":-1E-999999999}]', READ, *JSON, rows=2
    )
    yield case("number-nan.json", b'[{"a":NaN},{"a":Infinity}]', "json-damaged", QUARANTINED, READ)
    yield case("name-twice.json", b'[{"a":1,"a":2}]', READ, QUARANTINED, *JSON)
    yield case("surrogate.json", b'[{"a":"x\\ud800y"},{"a":"z"}]', QUARANTINED, READ, *JSON)
    yield case("nul.json", b'[{"a":"x\\u0000y"},{"a":"z"}]', QUARANTINED, rows=2)
    yield case("bidi.json", b'[{"a":"\\u202ex"},{"a":"z"}]', QUARANTINED, rows=2)


def _out_of_measure() -> Iterator[Case]:
    """Longer, and of more names, than anybody needs; or of names that collide."""
    yield case(
        "string-100mb.json",
        lambda: b'[{"a":"' + b"x" * (100 << 20) + b'"}]',
        QUARANTINED,
        "file-too-demanding",
        "json-damaged",
        "record-too-long",
    )
    yield case(
        "string-200kb.json",
        b'[{"a":"' + b"x" * 200_000 + b'"},{"a":"y"}]',
        QUARANTINED,
        READ,
        rows=2,
    )
    yield case(
        "names-100000.json",
        lambda: b"[" + b",".join(b'{"k%d":1}' % i for i in range(100_000)) + b"]",
        READ,
        *JSON,
    )
    yield case(
        "names-20000-wide.json",
        lambda: b"[{" + b",".join(b'"k%d":1' % i for i in range(20_000)) + b"}]",
        READ,
        *JSON,
    )
    yield case(
        "colliding.json",
        lambda: (
            b"[{" + b",".join(b'"%d":%d' % (i * ((1 << 61) - 1), i) for i in range(5000)) + b"}]"
        ),
        READ,
        *JSON,
    )


def _damaged() -> Iterator[Case]:
    """Cut off, of two parts, without records, or not in UTF-8."""
    yield case("cut.json", sound.json_records()[:-5], "json-damaged")
    yield case("behind.json", sound.json_records() + b"]", "json-damaged")
    yield case("two.json", b'[{"a":1}][{"a":2}]', "json-damaged", READ)
    yield case("empty-list.json", b"[]", "json-without-records", "file-empty", READ)
    yield case("empty-object.json", b"{}", "json-without-records", "file-empty", READ)
    yield case("scalars.json", b"[1,2,3]", "json-without-records", "json-damaged", READ, KIND)
    yield case("latin.json", b'[{"a":"caf\xe9"}]', "json-damaged", QUARANTINED, *UNDECIDED)


def _lines() -> Iterator[Case]:
    """An object a line."""
    yield case(
        "damaged-line.jsonl", sound.json_lines() + b'{"local_id": \n', QUARANTINED, "json-damaged"
    )
    yield case(
        "line-100mb.jsonl",
        lambda: sound.json_lines() + b'{"a":"' + b"x" * (100 << 20) + b'"}\n',
        QUARANTINED,
        "record-too-long",
        "json-damaged",
        "file-too-demanding",
    )
    yield case(
        "deep.jsonl",
        sound.json_lines() + b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}\n",
        QUARANTINED,
        READ,
        "json-damaged",
        "file-too-demanding",
    )
