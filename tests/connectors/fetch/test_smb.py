"""The share connector against a real Samba server on loopback."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import Found, discover, fetch, open_share, patience, smb
from contracts.places import Smb
from tests.connectors.fetch.shares_kit import BODY, emptied, names, put
from tests.servers.samba import PASSWORD, Samba, samba


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samba]:
    with samba(tmp_path_factory.mktemp("samba") / "root") as made:
        yield made


@pytest.fixture
def server(running: Samba, monkeypatch: pytest.MonkeyPatch) -> Iterator[Samba]:
    with emptied(running, monkeypatch):
        yield running


def share(server: Samba, **other: Any) -> Connection:
    extra = {"share": "deliveries", **other.pop("extra", {})}
    facts = {"host": "127.0.0.1", "port": server.port, "login": "root", "password": PASSWORD}
    return Connection(id="files", kind="samba", extra=extra, **{**facts, **other})


def place(**facts: Any) -> Smb:
    return Smb(kind="smb", connection="files", **facts)


def look(server: Samba, **facts: Any) -> Found:
    return discover(place(**facts), share(server))


def refusal(connection: Connection, **facts: Any) -> Unreachable:
    with pytest.raises(Unreachable) as raised:
        discover(place(**facts), connection)
    error = raised.value
    assert "'files'" in error.message and "canary" not in error.message
    assert error.__context__ is None or "canary" not in repr(error.__context__)
    return error


def test_files_come_as_they_are(server: Samba, tmp_path: Path) -> None:
    put(server, "in/Ärzte und Schüler – 2026.csv", age=100)
    put(server, "in/new.csv", age=0)
    put(server, "in/.hidden.csv")
    found = look(server, path="in", pattern="*.csv")
    [arrival] = found.arrivals
    assert (arrival.name, arrival.size) == ("Ärzte und Schüler – 2026.csv", len(BODY))
    assert arrival.modified is not None
    assert abs(arrival.modified.timestamp() - (time.time() - 100)) < 30
    assert [one.name for one in found.unfinished] == ["new.csv"]
    [copy] = fetch(place(path="in"), share(server), arrival, tmp_path).paths
    assert copy.name == arrival.name and copy.read_bytes() == BODY


def test_names_are_matched_whatever_their_case(server: Samba) -> None:
    put(server, "SPEND-2026-01.CSV")
    put(server, "spend-2026-01.csv.DONE", b"", age=50)
    found = look(server, pattern="Spend-{date:%Y-%m}.csv", done_marker="{name}.done")
    assert names(found) == ["SPEND-2026-01.CSV"]


def test_folders_below_are_looked_into_as_the_pattern_says(server: Samba) -> None:
    for name in ("2026/01/a.csv", "2026/02/a.csv", "other/a.csv", "a.csv"):
        put(server, name)
    assert sorted(names(look(server, pattern="{date:%Y}/*/a.csv"))) == [
        "2026/01/a.csv",
        "2026/02/a.csv",
    ]
    assert len(names(look(server, pattern="**/*.csv"))) == 4


def test_a_folder_of_many_files(server: Samba, tmp_path: Path) -> None:
    for number in range(100):
        put(server, f"many/{number:03}.csv", str(number).encode())
    [arrival] = look(server, path="many", delivery="all").arrivals
    copies = fetch(place(path="many", delivery="all"), share(server), arrival, tmp_path).paths
    assert [one.read_bytes() for one in copies] == [str(n).encode() for n in range(100)]


def test_a_file_replaced_since_it_was_found_is_not_taken(server: Samba, tmp_path: Path) -> None:
    put(server, "a.csv", BODY)
    [arrival] = look(server).arrivals
    put(server, "a.csv", BODY[::-1], age=30)
    with pytest.raises(Unreachable) as raised:
        fetch(place(), share(server), arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-changed", True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_gone_since_it_was_found_is_passing(server: Samba, tmp_path: Path) -> None:
    path = put(server, "a.csv")
    [arrival] = look(server).arrivals
    path.unlink()
    with pytest.raises(Unreachable) as raised:
        fetch(place(), share(server), arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-gone", True)


def test_a_file_somebody_is_writing_is_not_read(server: Samba, tmp_path: Path) -> None:
    import smbclient

    put(server, "a.csv")
    [arrival] = look(server).arrivals
    cache: dict[str, Any] = {}
    how = {"username": "root", "password": PASSWORD, "port": server.port}
    with smbclient.open_file(
        r"\\127.0.0.1\deliveries\a.csv", "r+b", share_access="rwd", connection_cache=cache, **how
    ):
        with pytest.raises(Unreachable) as raised:
            fetch(place(), share(server), arrival, tmp_path)
        assert (raised.value.code, raised.value.passing) == ("file-in-use", True)
    smbclient.reset_connection_cache(connection_cache=cache)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("facts", "code", "passing"),
    [
        ({"password": "canary-wrong"}, "login-refused", False),
        ({"login": "canary-nobody"}, "login-refused", False),
        ({"extra": {"share": "nowhere"}}, "folder-missing", True),
        ({"extra": {"share": "closed"}}, "folder-unreadable", False),
        ({"port": 1}, "place-not-answering", True),
        ({"extra": {"share": ""}}, "connection-incomplete", False),
        ({"host": ""}, "connection-incomplete", False),
        ({"password": ""}, "connection-incomplete", False),
    ],
)
def test_what_is_wrong_with_a_connection_is_said(
    server: Samba, facts: dict[str, Any], code: str, passing: bool
) -> None:
    error = refusal(share(server, **facts))
    assert (error.code, error.passing) == (code, passing)


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"path": "nowhere"}, "folder-missing"), ({"path": "../x"}, "path-leaves-folder")],
)
def test_what_is_wrong_with_a_path_is_said(server: Samba, facts: dict[str, Any], code: str) -> None:
    assert refusal(share(server), **facts).code == code


@pytest.mark.parametrize("name", ["deliveries/in", "\\deliveries\\in", "/deliveries/in/"])
def test_a_folder_may_follow_the_shares_name(server: Samba, name: str) -> None:
    put(server, "in/a.csv")
    assert names(discover(place(), share(server, extra={"share": name}))) == ["a.csv"]


@pytest.mark.parametrize(
    "facts", [{"login": "NORTHMOOR\\root"}, {"extra": {"domain": "NORTHMOOR"}}]
)
def test_a_domain_goes_with_the_login(server: Samba, facts: dict[str, Any]) -> None:
    put(server, "a.csv")
    assert names(discover(place(), share(server, **facts))) == ["a.csv"]


def test_a_link_that_leaves_the_share_is_not_read(server: Samba, tmp_path: Path) -> None:
    (server.root / "secret.csv").write_bytes(b"canary")
    (server.shared / "out.csv").symlink_to(server.root / "secret.csv")
    put(server, "a.csv")
    # The server follows its own links; one that leads out it does not show.
    assert names(look(server, settled_for=0)) == ["a.csv"]


def test_sessions_are_signed_and_encrypted_where_that_is_asked(server: Samba) -> None:
    for asked in (False, True):
        with open_share(place(), share(server, extra={"encrypt": asked})) as opened:
            assert isinstance(opened, smb.SmbShare)
            [made] = opened._sessions.values()
            [session] = made.session_table.values()
            # What is encrypted is signed by that.
            assert (session.signing_required, session.encrypt_data) == (not asked, asked)
            assert made.dialect >= 0x0202
            assert abs((opened.now().timestamp()) - time.time()) < 5


def test_the_servers_clock_says_how_old_a_file_is(
    server: Samba, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server, "a.csv", age=60)
    connect = smb.SmbShare.connect

    def behind(self: smb.SmbShare, connection: Connection) -> None:
        connect(self, connection)
        self._ahead -= smb.timedelta(seconds=57)

    monkeypatch.setattr(smb.SmbShare, "connect", behind)
    assert [one.name for one in look(server).unfinished] == ["a.csv"]


def test_a_server_killed_mid_read_is_passing_and_tried_again(
    server: Samba, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server, "a.csv", BODY * 8)
    [arrival] = look(server).arrivals
    killed: list[int] = []
    monkeypatch.setattr(patience, "ATTEMPTS", 200)
    monkeypatch.setattr(patience, "LONGEST_WAIT", 0.1)

    class Killing:
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def read(self, size: int) -> bytes:
            block: bytes = self.stream.read(min(size, 65536))
            if not killed:
                killed.append(len(block))
                server.stop()
                threading.Thread(target=server.start).start()
            return block

    told = smb.told_stream
    monkeypatch.setattr(smb, "told_stream", lambda s, *rest: told(Killing(s), *rest))
    [copy] = fetch(place(), share(server), arrival, tmp_path).paths
    assert killed and copy.read_bytes() == BODY * 8
    assert list(tmp_path.iterdir()) == [copy]


def test_a_server_that_stays_away_is_given_up(server: Samba, tmp_path: Path) -> None:
    put(server, "a.csv")
    [arrival] = look(server).arrivals
    server.stop()
    with pytest.raises(Unreachable) as raised:
        fetch(place(), share(server), arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("place-not-answering", True)
    assert list(tmp_path.iterdir()) == []


def test_an_answer_is_not_waited_for_without_end(
    server: Samba, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    monkeypatch.setattr(smb, "CONNECT_WITHIN", 0.5)
    monkeypatch.setattr(patience, "ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        error = refusal(replace(share(server), port=silent.getsockname()[1]))
        assert time.monotonic() - began < 30
    assert (error.code, error.passing) == ("place-not-answering", True)
