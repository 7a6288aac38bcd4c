"""Attachments from a real Dovecot, over TLS, STARTTLS and plainly."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import Arrival, Standing, discover, fetch
from contracts.places import Mail
from tests.servers import dovecot

SENDER = "data@northmoor.example"


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with dovecot.running() as made:
        yield made


@pytest.fixture
def box(server: Any) -> Iterator[Any]:
    yield server
    server.empty()


@pytest.fixture
def plain(server: Any) -> Connection:
    kit = dovecot
    return Connection(
        "post", "imap", host="127.0.0.1", port=server.plain, login=kit.LOGIN,
        password=kit.PASSWORD, extra={"use_ssl": False},
    )  # fmt: skip


def place(**facts: Any) -> Mail:
    return Mail(**{"kind": "mail", "connection": "post", "senders": SENDER, **facts})


def message(
    *names: str, sender: str = SENDER, subject: str = "Spend", content: bytes = b"a,b\n"
) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "intake@eastvale.example", subject
    made["Message-ID"] = f"<{secrets.token_hex(8)}@northmoor.example>"
    made.set_content("Please find attached.")
    for name in names:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made


def ago(hours: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)


def arrivals(where: Mail, connection: Connection, **stamps: str) -> tuple[Arrival, ...]:
    return discover(where, connection, Standing(stamps=stamps)).arrivals


def bytes_of(where: Mail, connection: Connection, arrival: Arrival, into: Path) -> list[bytes]:
    folder = into / secrets.token_hex(4)
    folder.mkdir()
    return [path.read_bytes() for path in fetch(where, connection, arrival, folder).paths]


def test_attachments_of_the_sender_come_unchanged_oldest_first(
    box: Any, plain: Connection, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 50
    box.deliver(message("b.xlsx", content=content).as_bytes(), ago(1))
    box.deliver(message("a.xlsx", "notes.txt", content=content).as_bytes(), ago(2))
    box.deliver(message("c.xlsx", sender="somebody@else.example").as_bytes(), ago(1))
    found = arrivals(place(pattern="*.xlsx"), plain)
    assert [(one.name, one.size) for one in found] == [("a.xlsx", 12800), ("b.xlsx", 12800)]
    assert bytes_of(place(), plain, found[0], tmp_path) == [content]


@pytest.mark.parametrize(
    ("senders", "sender", "taken"),
    [
        (SENDER, f"Data Team <{SENDER.upper()}>", True),
        (SENDER, f'"{SENDER}" <villain@else.example>', False),
        (SENDER, f"{SENDER}, villain@else.example", False),
        (SENDER, "data@northmoor.example.else.example", False),
        ("@northmoor.example", "anybody@Northmoor.Example", True),
        ("northmoor.example", "anybody@northmoor.example", True),
        ("@northmoor.example", "anybody@sub.northmoor.example", False),
        ("@northmoor.example", "anybody@notnorthmoor.example", False),
        (["x@y.example", SENDER], SENDER, True),
        ("any", "villain@else.example", True),
    ],
)
def test_who_a_message_is_from(
    box: Any, plain: Connection, senders: Any, sender: str, taken: bool
) -> None:
    raw = (
        message("a.csv").as_bytes().replace(f"From: {SENDER}".encode(), f"From: {sender}".encode())
    )
    box.deliver(raw, ago(1))
    assert bool(arrivals(place(senders=senders), plain)) is taken


def test_two_from_lines_are_nobodys(box: Any, plain: Connection) -> None:
    raw = b"From: villain@else.example\n" + message("a.csv").as_bytes()
    box.deliver(raw, ago(1))
    assert arrivals(place(), plain) == ()


def test_subject_and_name_choose(box: Any, plain: Connection) -> None:
    box.deliver(message("spend-2026-01.csv", "logo.png", subject="SPEND Ünï").as_bytes(), ago(3))
    box.deliver(message("spend-2026-02.csv", subject="holidays").as_bytes(), ago(2))
    where = place(subject="spend *", pattern="spend-{date:%Y-%m}.csv")
    assert [one.name for one in arrivals(where, plain)] == ["spend-2026-01.csv"]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename*=UTF-8''%E2%82%AC%20sp%C3%A9nd.csv", "€ spénd.csv"),
        ("attachment; filename*0*=UTF-8''sp%C3%A9; filename*1*=nd.csv", "spénd.csv"),
        ('attachment; filename="=?utf-8?q?sp=C3=A9nd.csv?="', "spénd.csv"),
        ("attachment; filename*=UTF-8''spe%CC%81nd.csv", "spénd.csv"),
        ('attachment; filename="../../etc/spend.csv"', "spend.csv"),
        ('attachment; filename="C:\\\\share\\\\spend.csv"', "spend.csv"),
        ('ATTACHMENT; FILENAME="spend.csv"', "spend.csv"),
        ("attachment", "attachment"),
    ],
)
def test_names_as_people_wrote_them(
    box: Any, plain: Connection, tmp_path: Path, header: str, name: str
) -> None:
    raw = message("X").as_bytes().replace(b'attachment; filename="X"', header.encode())
    box.deliver(raw, ago(1))
    [found] = arrivals(place(), plain)
    assert found.name == name
    folder = tmp_path / "into"
    folder.mkdir()
    [path] = fetch(place(), plain, found, folder).paths
    assert path.parent == folder and path.name == name


def test_names_with_control_characters_wait_for_a_person(box: Any, plain: Connection) -> None:
    raw = message("X").as_bytes().replace(b'filename="X"', b"filename*=UTF-8''a%E2%80%AEvsc.csv")
    box.deliver(raw, ago(1))
    found = discover(place(), plain)
    assert found.arrivals == ()
    assert "renamed" in found.unfinished[0].why


def test_what_is_shown_in_the_text_is_no_attachment(box: Any, plain: Connection) -> None:
    made = message("a.csv")
    made.add_attachment(
        b"logo", maintype="image", subtype="png", filename="logo.png", disposition="inline"
    )
    box.deliver(made.as_bytes(), ago(1))
    assert [one.name for one in arrivals(place(), plain)] == ["a.csv"]


def test_a_forwarded_message_is_looked_into(box: Any, plain: Connection, tmp_path: Path) -> None:
    inner = message("inner.csv", sender="clerk@else.example", content=b"inner\n")
    outer = message("outer.csv", content=b"outer\n")
    outer.add_attachment(inner)
    box.deliver(outer.as_bytes(), ago(1))
    found = arrivals(place(), plain)
    assert sorted(one.name for one in found) == ["inner.csv", "outer.csv"]
    contents = [bytes_of(place(), plain, one, tmp_path) for one in found]
    assert sorted(contents) == [[b"inner\n"], [b"outer\n"]]


def test_the_sender_of_a_forwarded_message_does_not_count(box: Any, plain: Connection) -> None:
    outer = message(sender="villain@else.example")
    outer.add_attachment(message("inner.csv"))
    box.deliver(outer.as_bytes(), ago(1))
    assert arrivals(place(), plain) == ()


def test_all_of_a_message_is_one_delivery(box: Any, plain: Connection, tmp_path: Path) -> None:
    box.deliver(message("a.csv", "b.csv", "a.csv").as_bytes(), ago(2))
    box.deliver(message("a.csv").as_bytes(), ago(1))
    where = place(delivery="folder")
    first, second = arrivals(where, plain)
    assert first.name != second.name
    folder = tmp_path / "into"
    folder.mkdir()
    names = [path.name for path in fetch(where, plain, first, folder).paths]
    assert sorted(names) == ["a (part 4).csv", "a.csv", "b.csv"]
    assert arrivals(where, plain)[0] == first


def test_one_name_in_several_messages_is_versions_taken_in_turn(
    box: Any, plain: Connection, tmp_path: Path
) -> None:
    for month in (1, 2, 3):
        content = f"month,{month}\n".encode()
        box.deliver(message("spend.csv", content=content).as_bytes(), ago(10 - month))
    contents, stamp = [], ""
    for _ in range(4):
        known = {"spend.csv": stamp} if stamp else {}
        [found] = arrivals(place(), plain, **known)
        contents += bytes_of(place(), plain, found, tmp_path)
        assert found.stamp is not None
        stamp = found.stamp
    assert contents == [b"month,1\n", b"month,2\n", b"month,3\n", b"month,3\n"]


def test_versions_go_on_where_the_settled_message_was_taken_away(
    box: Any, plain: Connection
) -> None:
    box.deliver(message("spend.csv").as_bytes(), ago(9))
    [first] = arrivals(place(), plain)
    box.empty()
    assert arrivals(place(), plain, **{"spend.csv": str(first.stamp)}) == ()
    box.deliver(message("spend.csv").as_bytes(), ago(10))  # put back, older than what is settled
    box.deliver(message("spend.csv", content=b"new\n").as_bytes(), ago(8))
    [found] = arrivals(place(), plain, **{"spend.csv": str(first.stamp)})
    assert found.size == 4


def test_nothing_is_marked_moved_or_said_to_be_gone(
    box: Any, plain: Connection, tmp_path: Path
) -> None:
    box.deliver(message("a.csv").as_bytes(), ago(1))
    found = discover(place(), plain)
    bytes_of(place(), plain, found.arrivals[0], tmp_path)
    assert found.present is None
    [flags] = box.flags()
    # Not even as no longer new, which opening it for changes would do.
    assert b"Seen" not in flags and b"Recent" in flags


def test_a_message_that_went_meanwhile(
    box: Any, plain: Connection, tmp_path: Path, quick: None
) -> None:
    box.deliver(message("a.csv").as_bytes(), ago(1))
    [found] = arrivals(place(), plain)
    box.empty()
    with pytest.raises(Unreachable) as raised:
        bytes_of(place(), plain, found, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-gone", True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may pass is not tried again."""
    monkeypatch.setattr("connectors.fetch.patience.ATTEMPTS", 1)


def test_a_damaged_attachment_is_not_taken(box: Any, plain: Connection, tmp_path: Path) -> None:
    raw = message("a.csv", content=b"0123456789" * 20).as_bytes()
    end = raw.rindex(b"\n--")
    box.deliver(raw[: end - 9] + raw[end - 2 :], ago(1))
    [found] = arrivals(place(), plain)
    with pytest.raises(Unreachable) as raised:
        bytes_of(place(), plain, found, tmp_path)
    assert raised.value.code == "attachment-damaged"
    assert list(tmp_path.rglob("*.csv")) == []


def test_a_message_too_large_is_said_and_not_fetched(box: Any, plain: Connection) -> None:
    box.deliver(message("a.csv", content=b"x" * (1 << 20)).as_bytes(), ago(1))
    found = discover(place(largest=1), plain)
    assert found.arrivals == ()
    assert "largest" in found.unfinished[0].why


def test_old_messages_are_not_looked_at(box: Any, plain: Connection) -> None:
    box.deliver(message("old.csv").as_bytes(), ago(24 * 40))
    assert arrivals(place(within_days=30), plain) == ()
    assert [one.name for one in arrivals(place(within_days=50), plain)] == ["old.csv"]


def test_malformed_messages_stop_nobody(box: Any, plain: Connection) -> None:
    box.deliver(b"no headers at all\r\n", ago(5))
    box.deliver(b"From: <<<@@>\r\nSubject: =?utf-8?q?=ZZ?=\r\n\r\n\xff\xfe", ago(4))
    box.deliver(
        f"From: {SENDER}\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n".encode(),
        ago(3),
    )
    box.deliver(message("a.csv").as_bytes(), ago(1))
    assert [one.name for one in arrivals(place(), plain)] == ["a.csv"]


def test_folders_with_other_names(server: Any, plain: Connection) -> None:
    server.deliver(message("a.csv").as_bytes(), ago(1), "Intake/Spend")
    assert [one.name for one in arrivals(place(path="Intake/Spend"), plain)] == ["a.csv"]


def test_tls_is_the_rule_and_its_certificate_is_checked(box: Any, plain: Connection) -> None:
    box.deliver(message("a.csv").as_bytes(), ago(1))
    trusted = {"ca_file": str(box.certificate)}
    for port, extra in ((box.tls, {}), (box.plain, {"security": "starttls"})):
        safe = replace(plain, port=port, extra={**extra, **trusted})
        assert [one.name for one in arrivals(place(), safe)] == ["a.csv"]
        with pytest.raises(Unreachable) as raised:
            discover(place(), replace(safe, extra=extra))
        assert (raised.value.code, raised.value.passing) == ("certificate-refused", False)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"host": ""}, "connection-incomplete"),
        ({"login": ""}, "connection-incomplete"),
        ({"extra": {"security": "canary"}}, "connection-incomplete"),
        ({"host": "mail.northmoor.example"}, "connection-incomplete"),
        ({"password": "canary-wrong"}, "login-refused"),
        ({"password": "canary-ü"}, "login-refused"),
    ],
)
def test_connections_that_do_not_do(plain: Connection, facts: dict[str, Any], code: str) -> None:
    """The fourth would send the password in the clear over a network."""
    with pytest.raises(Unreachable) as raised:
        discover(place(), replace(plain, **facts))
    assert (raised.value.code, raised.value.passing) == (code, False)
    error: BaseException | None = raised.value
    while error is not None:
        assert "canary" not in str(error)
        error = error.__cause__ or error.__context__


def test_servers_and_folders_that_are_not_there(plain: Connection, quick: None) -> None:
    with pytest.raises(Unreachable) as raised:
        discover(place(), replace(plain, port=1))
    assert (raised.value.code, raised.value.passing) == ("place-not-answering", True)
    with pytest.raises(Unreachable) as raised:
        discover(place(path="Nowhere"), plain)
    assert raised.value.code == "folder-missing"


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"senders": []},
        {"senders": "northmoor"},
        {"senders": ["any", SENDER]},
        {"senders": SENDER, "pattern": "in/*.csv"},
        {"senders": SENDER, "delivery": "all"},
        {"senders": SENDER, "done_marker": "{name}.done"},
    ],
)
def test_declarations_that_do_not_do(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Mail(kind="mail", connection="post", **facts)
