"""moto's S3 server, and before it, where a test wants faults, a server that passes requests on."""

import http.client
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

KEY, SECRET = "supplier-key", "canary-s3-secret"
BUCKET = "northmoor-deliveries"

Fault = Callable[["Passed"], bool]
"""Told a request; may answer it itself, or change what comes back. Whether it was answered."""


@dataclass
class Store:
    """A store with one bucket that keeps versions, and one that does not."""

    url: str
    client: Any

    def put(self, name: str, body: bytes, bucket: str = BUCKET, **more: Any) -> None:
        self.client.put_object(Bucket=bucket, Key=name, Body=body, **more)


@contextmanager
def store() -> Iterator[Store]:
    """A running store."""
    # It writes a line for every request.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="eu-west-2",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )
    where: Any = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-2"}}
    for bucket in (BUCKET, "plain"):
        client.create_bucket(Bucket=bucket, **where)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    try:
        yield Store(url, client)
    finally:
        # What moto holds belongs to the process, and outlives its server.
        for bucket in (BUCKET, "plain"):
            told = client.list_object_versions(Bucket=bucket)
            for one in [*told.get("Versions", ()), *told.get("DeleteMarkers", ())]:
                client.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
            client.delete_bucket(Bucket=bucket)
        client.close()
        server.stop()


@dataclass
class Passed:
    """A request on its way: what was asked, and the means to answer it wrongly."""

    method: str
    path: str
    headers: dict[str, str]
    handler: BaseHTTPRequestHandler
    answer: "http.client.HTTPResponse | None" = None
    body: bytes = b""

    def fail(self, status: int, code: str) -> bool:
        """Answer with an error of S3."""
        body = f"<Error><Code>{code}</Code><Message>canary-message</Message></Error>".encode()
        self.handler.send_response(status)
        self.handler.send_header("Content-Length", str(len(body)))
        self.handler.end_headers()
        if self.method != "HEAD":
            self.handler.wfile.write(body)
        return True

    def send(self, body: bytes, length: int | None = None) -> bool:
        """Answer as the store did, with another body; ``length`` is what it claims to be."""
        assert self.answer is not None
        self.handler.send_response(self.answer.status)
        for name, value in self.answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.handler.send_header(name, value)
        self.handler.send_header("Content-Length", str(len(body) if length is None else length))
        self.handler.end_headers()
        if self.method != "HEAD":
            self.handler.wfile.write(body)
        # What was promised and does not come is noticed when the line ends.
        cut = length is not None and length > len(body) and self.method != "HEAD"
        self.handler.close_connection = cut
        return True


@dataclass
class Faulty:
    """What stands before a store: each request is passed on, unless ``fault`` sees to it."""

    url: str
    fault: Fault = field(default=lambda passed: False)
    asked: list[str] = field(default_factory=list)


@contextmanager
def faulty(store: Store) -> Iterator[Faulty]:
    """A server that passes requests on to a store, and fails as it is told."""
    host, _, port = store.url.removeprefix("http://").partition(":")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            passed = Passed(self.command, self.path, dict(self.headers.items()), self)
            before.asked.append(f"{self.command} {self.path}")
            there = http.client.HTTPConnection(host, int(port))
            there.request(self.command, self.path, body, passed.headers)
            passed.answer = there.getresponse()
            passed.body = passed.answer.read()
            there.close()
            if not before.fault(passed):
                length = passed.answer.getheader("Content-Length")
                passed.send(passed.body, int(length or 0) if self.command == "HEAD" else None)

        do_GET = do_HEAD = do_PUT = do_POST = _pass

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    before = Faulty(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield before
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
