"""The SFTP connector against a real OpenSSH server on loopback."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import Found, discover, fetch, open_share, patience, sftp
from connectors.fetch.sftp_reading import CHUNK, Pipelined
from contracts.places import Sftp
from tests.connectors.fetch.shares_kit import BODY, emptied, names, put
from tests.servers.sshd import PASSPHRASE, PASSWORD, Sshd, sshd


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd") / "root") as made:
        yield made


@pytest.fixture
def server(running: Sshd, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    with emptied(running, monkeypatch):
        yield running


def drop(server: Sshd, **extra: Any) -> Connection:
    """A connection; words of the extra given as None are left out."""
    told = {
        "path": str(server.shared),
        "host_key": server.host_key,
        "private_key": server.key("ed25519"),
        **extra,
    }
    return Connection(
        id="drop",
        kind="sftp",
        host="127.0.0.1",
        port=told.pop("port", server.port),
        login=told.pop("login", server.account),
        password=told.pop("password", ""),
        path=told["path"],
        extra={word: value for word, value in told.items() if value is not None},
    )


def place(**facts: Any) -> Sftp:
    return Sftp(kind="sftp", connection="drop", **facts)


def look(server: Sshd, **facts: Any) -> Found:
    return discover(place(**facts), drop(server))


def refusal(connection: Connection, **facts: Any) -> Unreachable:
    with pytest.raises(Unreachable) as raised:
        discover(place(**facts), connection)
    error = raised.value
    assert "'drop'" in error.message
    assert "canary" not in error.message and "PRIVATE KEY" not in error.message
    return error


def test_files_come_as_they_are(server: Sshd, tmp_path: Path) -> None:
    put(server, "in/Ärzte und Schüler – 2026.csv", age=100)
    put(server, "in/new.csv", age=0)
    put(server, "in/x.csv.filepart")
    found = look(server, path="in")
    [arrival] = found.arrivals
    assert (arrival.name, arrival.size) == ("Ärzte und Schüler – 2026.csv", len(BODY))
    assert [one.name for one in found.unfinished] == ["new.csv"]
    [copy] = fetch(place(path="in"), drop(server), arrival, tmp_path).paths
    assert copy.name == arrival.name and copy.read_bytes() == BODY


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 64 * CHUNK, 64 * CHUNK + 1, 5_000_000]
)
def test_files_of_every_size_come_whole(server: Sshd, tmp_path: Path, size: int) -> None:
    put(server, "a.csv", os.urandom(size))
    [arrival] = look(server).arrivals
    [copy] = fetch(place(), drop(server), arrival, tmp_path).paths
    assert copy.read_bytes() == (server.shared / "a.csv").read_bytes()


def test_how_many_requests_are_under_way_may_be_said(server: Sshd, tmp_path: Path) -> None:
    put(server, "a.csv")
    connection = drop(server, requests_at_once=1)
    [arrival] = discover(place(), connection).arrivals
    [copy] = fetch(place(), connection, arrival, tmp_path).paths
    assert copy.read_bytes() == BODY


def test_a_server_that_gives_less_than_is_asked_for_is_asked_again(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # OpenSSH gives at most 256 KiB at once, whatever it is asked for.
    monkeypatch.setattr("connectors.fetch.sftp_reading.CHUNK", 1 << 20)
    body = os.urandom(5 << 20)
    put(server, "a.csv", body)
    [arrival] = look(server).arrivals
    [copy] = fetch(place(), drop(server), arrival, tmp_path).paths
    assert copy.read_bytes() == body


def test_a_folder_of_many_files(server: Sshd, tmp_path: Path) -> None:
    for number in range(100):
        put(server, f"many/{number:03}.csv", str(number).encode())
    [arrival] = look(server, path="many", delivery="all").arrivals
    copies = fetch(place(path="many", delivery="all"), drop(server), arrival, tmp_path).paths
    assert [one.read_bytes() for one in copies] == [str(n).encode() for n in range(100)]


def test_folders_below_are_looked_into_as_the_pattern_says(server: Sshd) -> None:
    for name in ("2026/01/a.csv", "2026/02/a.csv", "other/a.csv", "a.csv"):
        put(server, name)
    assert sorted(names(look(server, pattern="{date:%Y}/*/a.csv"))) == [
        "2026/01/a.csv",
        "2026/02/a.csv",
    ]
    assert len(names(look(server, pattern="**/*.csv"))) == 4


def test_links_are_followed_within_and_never_in_a_circle(server: Sshd, tmp_path: Path) -> None:
    put(server, "sub/a.csv", b"a")
    (server.shared / "to-a.csv").symlink_to("sub/a.csv")
    (server.shared / "sub" / "up").symlink_to(server.shared)
    (server.shared / "nothing.csv").symlink_to("gone.csv")
    found = look(server, pattern="**/*.csv")
    assert sorted(names(found)) == ["sub/a.csv", "to-a.csv"]
    for arrival in found.arrivals:
        [copy] = fetch(place(), drop(server), arrival, tmp_path).paths
        assert copy.read_bytes() == b"a"


def test_links_that_leave_the_folder_are_refused(server: Sshd, tmp_path: Path) -> None:
    (server.root / "secret.csv").write_bytes(b"canary")
    put(server, "in/a.csv", age=100)
    out = server.shared / "in" / "out.csv"
    out.symlink_to(server.root / "secret.csv")
    # Within the connection's folder, but not the feed's: that is allowed.
    (server.shared / "in" / "beside.csv").symlink_to(put(server, "other/b.csv"))
    assert refusal(drop(server), path="in").code == "link-leaves-folder"
    assert names(look(server, path="in", pattern="[ab]*.csv")) == ["a.csv", "beside.csv"]
    out.unlink()
    arrival = look(server, path="in", pattern="a.csv").arrivals[0]
    (server.shared / "in" / "a.csv").unlink()
    (server.shared / "in" / "a.csv").symlink_to(server.root / "secret.csv")
    with pytest.raises(Unreachable) as raised:
        fetch(place(path="in"), drop(server), arrival, tmp_path)
    assert raised.value.code == "link-leaves-folder"
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_not_utf_8_is_told(server: Sshd) -> None:
    put(server, os.fsdecode(b"caf\xe9.csv"))
    assert refusal(drop(server)).code == "name-unreadable"


def test_a_file_replaced_since_it_was_found_is_not_taken(server: Sshd, tmp_path: Path) -> None:
    put(server, "a.csv")
    [arrival] = look(server).arrivals
    put(server, "a.csv", BODY[::-1], age=30)
    with pytest.raises(Unreachable) as raised:
        fetch(place(), drop(server), arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-changed", True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_gone_since_it_was_found_is_passing(server: Sshd, tmp_path: Path) -> None:
    path = put(server, "a.csv")
    [arrival] = look(server).arrivals
    path.unlink()
    with pytest.raises(Unreachable) as raised:
        fetch(place(), drop(server), arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-gone", True)


@pytest.mark.parametrize("change", [b"", BODY[:-7], BODY * 2], ids=["emptied", "cut", "grown"])
def test_a_file_that_changes_while_it_is_read_is_thrown_away(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: bytes
) -> None:
    path = put(server, "a.csv")
    [arrival] = look(server).arrivals
    ask = Pipelined._ask

    def meddle(self: Pipelined, offset: int, length: int) -> None:
        path.write_bytes(change)
        ask(self, offset, length)

    monkeypatch.setattr(Pipelined, "_ask", meddle)
    with pytest.raises(Unreachable) as raised:
        fetch(place(), drop(server), arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-changed", True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "how",
    [
        lambda server: {"private_key": server.key("rsa")},
        lambda server: {"private_key": server.key("ecdsa")},
        lambda server: {"private_key": server.key("sealed"), "private_key_passphrase": PASSPHRASE},
        lambda server: {"private_key": server.key("sealed"), "password": PASSPHRASE},
        lambda server: {"private_key": None, "key_file": str(server.root / "rsa")},
        lambda server: {"host_key": server.fingerprint},
        lambda server: {"host_key": server.host_key.partition(" ")[2]},
        lambda server: {"host_key": "accept-any"},
        lambda server: {"host_key": None, "known_hosts": _known(server)},
    ],
)
def test_keys_ours_and_theirs(server: Sshd, how: Any) -> None:
    put(server, "a.csv")
    assert names(discover(place(), drop(server, **how(server)))) == ["a.csv"]


def _known(server: Sshd) -> str:
    path = server.root / "known_hosts"
    path.write_text(server.host_key + "\n")
    return str(path)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (lambda server: {"private_key": server.key("stranger")}, "login-refused"),
        (lambda server: {"login": "canary-nobody"}, "login-refused"),
        (lambda server: {"private_key": server.key("sealed")}, "connection-malformed"),
        (lambda server: {"private_key": "canary"}, "connection-malformed"),
        (
            lambda server: {"private_key": None, "key_file": "/nowhere/key"},
            "connection-malformed",
        ),
        (lambda server: {"private_key": None}, "connection-incomplete"),
        (lambda server: {"login": ""}, "connection-incomplete"),
        (lambda server: {"host_key": None}, "connection-incomplete"),
        (lambda server: {"requests_at_once": "many"}, "connection-incomplete"),
        (lambda server: {"host_key": "nonsense"}, "connection-malformed"),
        (lambda server: {"host_key": "ssh-ed25519 AAAA"}, "connection-malformed"),
        (lambda server: {"host_key": None, "known_hosts": "/nowhere"}, "connection-malformed"),
        (lambda server: {"host_key": _public(server, "stranger")}, "host-key-differs"),
        (lambda server: {"host_key": _public(server, "rsa")}, "host-key-differs"),
        (lambda server: {"host_key": "SHA256:" + "A" * 43}, "host-key-unknown"),
    ],
)
def test_what_is_wrong_with_a_connection_is_said(server: Sshd, how: Any, code: str) -> None:
    error = refusal(drop(server, **how(server)))
    assert (error.code, error.passing) == (code, False)


def _public(server: Sshd, name: str) -> str:
    return (server.root / f"{name}.pub").read_text()


def test_an_unknown_key_is_shown_to_be_compared(server: Sshd) -> None:
    error = refusal(drop(server, host_key="SHA256:" + "A" * 43))
    assert server.fingerprint in error.message


def test_a_password_is_taken_and_a_wrong_one_refused(tmp_path: Path) -> None:
    with sshd(tmp_path / "root", passwords=True) as server:
        put(server, "a.csv")
        right = drop(server, private_key=None, password=PASSWORD)
        assert names(discover(place(), right)) == ["a.csv"]
        wrong = refusal(drop(server, private_key=None, password="canary-wrong"))
        assert (wrong.code, wrong.passing) == ("login-refused", False)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"path": "nowhere"}, "folder-missing"),
        ({"path": "a.csv"}, "folder-missing"),
        ({"path": "../x"}, "path-leaves-folder"),
    ],
)
def test_what_is_wrong_with_a_path_is_said(server: Sshd, facts: dict[str, Any], code: str) -> None:
    put(server, "a.csv")
    assert refusal(drop(server), **facts).code == code


def test_a_server_killed_mid_read_is_passing_and_tried_again(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server, "a.csv", BODY * 8)
    [arrival] = look(server).arrivals
    monkeypatch.setattr(patience, "ATTEMPTS", 200)
    monkeypatch.setattr(patience, "LONGEST_WAIT", 0.1)
    ask, killed = Pipelined._ask, []

    def kill(self: Pipelined, offset: int, length: int) -> None:
        if offset > len(BODY) and not killed:
            killed.append(offset)
            server.stop()
            threading.Thread(target=server.start).start()
        ask(self, offset, length)

    monkeypatch.setattr(Pipelined, "_ask", kill)
    [copy] = fetch(place(), drop(server), arrival, tmp_path).paths
    assert killed and copy.read_bytes() == BODY * 8
    assert list(tmp_path.iterdir()) == [copy]


def test_a_server_that_is_not_there_or_says_nothing_is_passing(
    server: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "ATTEMPTS", 2)
    monkeypatch.setattr(sftp, "CONNECT_WITHIN", 0.3)
    error = refusal(drop(server, port=1))
    assert (error.code, error.passing) == ("place-not-answering", True)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = refusal(drop(server, port=silent.getsockname()[1]))
    assert (error.code, error.passing) == ("place-not-answering", True)


def test_a_stalled_answer_is_not_waited_for_without_end(
    server: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    from tests.servers.samba import children

    monkeypatch.setattr(sftp, "ANSWER_WITHIN", 0.3)
    put(server, "a.csv")
    with open_share(place(), drop(server)) as share:
        assert server.process is not None
        sessions = children(server.process.pid)
        for one in sessions:
            os.kill(one, signal.SIGSTOP)
        try:
            with pytest.raises(Unreachable) as raised:
                share.facts("a.csv")
        finally:
            for one in sessions:
                os.kill(one, signal.SIGCONT)
    assert (raised.value.code, raised.value.passing) == ("place-not-answering", True)
