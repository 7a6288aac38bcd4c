"""A server is who its certificate says, by an authority that is trusted."""

from pathlib import Path

import pytest

from connectors.errors import Unreachable
from connectors.fetch import Standing, discover, fetch
from contracts.places import HttpFile
from tests.servers.http_server import Answer, authority, serving

PLACE = HttpFile(kind="http", connection="works", path="payments.csv")


def get(into: Path, names: tuple[str, ...], host: str, trusted: bool) -> bytes:
    own = authority(into, *names)
    delivered = into / "delivered"
    delivered.mkdir()
    with serving(tls=own) as server:
        server.routes = {"*": lambda asked: Answer(200, {"ETag": '"1"'}, b"a\n1\n")}
        extra = {"verify": str(own.certificate)} if trusted else {}
        connection = server.connection(host=host, extra=extra)
        [arrival] = discover(PLACE, connection, Standing()).arrivals
        [path] = fetch(PLACE, connection, arrival, delivered).paths
    return path.read_bytes()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_authority_of_ones_own_is_trusted_by_its_file(tmp_path: Path, host: str) -> None:
    assert get(tmp_path, ("127.0.0.1", "localhost"), host, True) == b"a\n1\n"


@pytest.mark.parametrize(
    ("names", "host", "trusted"),
    [(("127.0.0.1",), "127.0.0.1", False), (("files.example",), "127.0.0.1", True),
     (("127.0.0.1",), "localhost", True)],
    ids=["not trusted", "another's", "for the number, not the name"],
)  # fmt: skip
def test_any_other_is_not(tmp_path: Path, names: tuple[str, ...], host: str, trusted: bool) -> None:
    with pytest.raises(Unreachable) as raised:
        get(tmp_path, names, host, trusted)
    assert (raised.value.code, raised.value.passing) == ("http-mistrusted", False)
    assert "verify" in raised.value.message
