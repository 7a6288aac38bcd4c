"""A lineage receiver that listens for real, and the schemas events must follow."""

import gzip
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SCHEMAS = Path(__file__).resolve().parents[2] / "shared/real/schemas/openlineage"

published = pytest.mark.skipif(
    not SCHEMAS.is_dir(),
    reason=f"NOT CHECKED: OpenLineage's published schemas are not at {SCHEMAS}",
)


class Collector:
    """A receiver on loopback: what it was sent, and how it is to answer.

    Attributes:
        answers: status of the next requests, in turn; then ``usual``.
        delay: seconds before it answers.
        requests: path, headers and event of each that came whole.
    """

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.usual, self.delay = 201, 0.0
        self.headers: Mapping[str, str] = {}
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.url = ""

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for _, _, event in self.requests]

    @property
    def types(self) -> list[str]:
        return [event["eventType"] for event in self.events]


@contextmanager
def listening(port: int = 0) -> Iterator[Collector]:
    """A receiver that listens as long as the block lasts."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.requests.append((self.path, dict(self.headers), json.loads(body)))
            status = collector.answers.pop(0) if collector.answers else collector.usual
            time.sleep(collector.delay)
            try:
                self.send_response(status)
                for name, value in collector.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except (BrokenPipeError, ConnectionResetError):
                pass  # who asked has gone

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def valid(event: dict[str, Any]) -> int:
    """Hold an event and each of its facets against the published schemas; the facets checked."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    files = {path.name: json.loads(path.read_text()) for path in SCHEMAS.rglob("*.json")
             if path.parent.name == "facets" or path.name == "OpenLineage.json"}  # fmt: skip
    registry = Registry().with_resources(
        [(one["$id"], Resource.from_contents(one)) for one in files.values()]
    )

    def check(schema: Any, what: Any) -> None:
        validator = Draft202012Validator(
            schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        wrong = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(what)]
        assert not wrong, wrong

    check(files["OpenLineage.json"], event)
    checked = 0
    for held in _facets(event):
        for name, facet in held.items():
            schema = files[
                facet["_schemaURL"].rpartition("/facets/")[2].split("/")[1].split("#")[0]
            ]
            whole, _, place = facet["_schemaURL"].partition("#")
            assert whole == schema["$id"], "of another version than is published"
            assert name in schema["properties"], f"{name} is no facet of {schema['$id']}"
            check(schema, {name: facet})
            check({"$ref": f"{whole}#{place}"}, facet)
            checked += 1
    return checked


def _facets(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield event["run"].get("facets", {})
    yield event["job"].get("facets", {})
    for dataset in (*event.get("inputs", ()), *event.get("outputs", ())):
        for name in ("facets", "inputFacets", "outputFacets"):
            yield dataset.get(name, {})
