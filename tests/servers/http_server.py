"""An HTTP server on loopback, plain or with TLS; it answers as a test says and notes what came."""

import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.connection import Connection


@dataclass(frozen=True)
class Asked:
    """A request as it came over the wire; ``times`` is how often its target came before."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    times: int

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """An answer; with ``cut`` the connection is broken off after so many bytes of the body, with
    ``pause`` there are so many seconds before each of its bytes."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None
    pause: float = 0


Route = Callable[[Asked], Answer]


def as_json(document: Any, **headers: str) -> Answer:
    kind = {"Content-Type": "application/json", **headers}
    return Answer(200, kind, json.dumps(document, indent=1).encode())


class HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes: dict[str, Route] = {}
        self.asked: list[Asked] = []
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    @property
    def targets(self) -> list[str]:
        return [asked.target for asked in self.asked]

    def connection(self, **facts: Any) -> Connection:
        given = {"host": "127.0.0.1", "port": self.server_port, "scheme": self.scheme, **facts}
        return Connection(id="works", kind="http", **given)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or does not trust the certificate, is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: HttpServer
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        times = self.server.targets.count(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, body, times)
        self.server.asked.append(asked)
        route = self.server.routes.get(asked.path) or self.server.routes.get("*")
        answer = route(asked) if route else Answer(404)
        self.send_response(answer.status)
        bodiless = answer.status == 304 or self.command == "HEAD"
        standard = {} if answer.status == 304 else {"Content-Length": str(len(answer.body))}
        for name, value in {**standard, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if not bodiless:
            self._write(answer.body[: answer.cut], answer.pause)
        if answer.cut is not None or "Content-Length" in answer.headers:
            self.close_connection = True

    def _write(self, body: bytes, pause: float) -> None:
        if not pause:
            self.wfile.write(body)
            return
        for i in range(len(body)):
            time.sleep(pause)
            self.wfile.write(body[i : i + 1])

    do_GET = do_HEAD = do_POST = _answer

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(made: HttpServer | None = None, tls: "Authority | None" = None) -> Iterator[HttpServer]:
    server = made or HttpServer()
    if tls is not None:
        server.scheme = "https"
        server.socket = tls.context().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Authority:
    """A certificate of its own that stands for names and numbers; the file to trust it by."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def authority(folder: Path, *names: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Northmoor test server")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(pem))
    private.write_bytes(key.private_bytes(pem, pkcs8, plain))
    return Authority(certificate, private)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
