"""Names lead to no address inside the network, whatever a server of names says and when."""

import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import httpx
import pytest

from connectors.fetch.http.network import Forbidden, Guarded, kind_of
from tests.servers.http_server import Answer, serving


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("93.184.216.34", "public"),
        ("2606:2800:220:1::1", "public"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("fd00::1", "private"),
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("::1", "loopback"),
        ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("0.0.0.0", "unusable"),
        ("224.0.0.1", "unusable"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:169.254.169.254", "link-local"),
        ("::ffff:93.184.216.34", "public"),
        ("2002:7f00:1::1", "loopback"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
    ],
)
def test_what_an_address_is_for(address: str, kind: str) -> None:
    assert kind_of(ip_address(address)) == kind


def names(monkeypatch: pytest.MonkeyPatch, told: Callable[[str], list[str]]) -> list[str]:
    """A server of names that answers as told; no real one can be made to lie here."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def answer(host: str, port: Any, *rest: Any, **more: Any) -> Any:
        if host.endswith((".example", "localhost")):
            asked.append(host)
            return [(2, 1, 6, "", (address, 0)) for address in told(host)]
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def get(own: str, address: str, times: int = 1) -> list[int]:
    with httpx.Client(transport=Guarded(own, ssl.create_default_context())) as client:
        return [client.get(address).status_code for _ in range(times)]


@pytest.mark.parametrize(
    ("own", "asked", "address"),
    [
        ("api.example", "api.example", "127.0.0.1"),
        ("api.example", "api.example", "169.254.169.254"),
        ("api.example", "api.example", "0.0.0.0"),
        ("93.184.216.34", "files.example", "10.0.0.1"),
        ("93.184.216.34", "files.example", "127.0.0.1"),
        ("10.0.0.1", "files.example", "127.0.0.1"),
        ("localhost", "files.example", "10.0.0.1"),
        ("127.0.0.1", "files.example", "169.254.169.254"),
        ("127.0.0.1", "169.254.169.254", ""),
        ("93.184.216.34", "127.0.0.1", ""),
        ("93.184.216.34", "[::1]", ""),
        ("93.184.216.34", "[::ffff:7f00:1]", ""),
    ],
)
def test_inside_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, own: str, asked: str, address: str
) -> None:
    names(monkeypatch, lambda host: [address])
    with serving() as server:
        server.routes = {"*": lambda asked: Answer()}
        with pytest.raises(Forbidden):
            get(own, f"http://{asked}:{server.server_port}/")
        assert server.asked == []


def test_one_bad_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, lambda host: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(Forbidden):
        get("93.184.216.35", "http://files.example/")


def test_a_private_host_of_the_estate_is_allowed_with_its_neighbours() -> None:
    guard = Guarded("api.example", ssl.create_default_context())
    guard._found = {"api.example": ("10.0.0.1",)}
    assert guard._allowed("api.example") == {"public", "private"}
    assert guard._allowed("files.example") == {"public", "private"}
    guard._found = {"api.example": ("93.184.216.34",)}
    assert guard._allowed("files.example") == {"public"}


def test_a_name_is_resolved_once_and_the_address_found_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked = names(monkeypatch, lambda host: next(answers))
    with serving() as server:
        # Closed each time, so that each request has to connect anew.
        server.routes = {"*": lambda asked: Answer(headers={"Connection": "close"})}
        address = f"http://localhost:{server.server_port}/"
        assert get("localhost", address, times=2) == [200, 200]
        assert {one.headers["host"] for one in server.asked} == {f"localhost:{server.server_port}"}
    assert asked == ["localhost"]


def test_an_address_that_does_not_answer_leaves_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, lambda host: ["127.0.0.2", "127.0.0.1"])
    with serving() as server:
        server.routes = {"*": lambda asked: Answer()}
        assert get("localhost", f"http://localhost:{server.server_port}/") == [200]
