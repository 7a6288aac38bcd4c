"""Sealed records: bound to their place, readable after the key was changed, lost without it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from repository.database import connect
from repository.sealing import KeyMissing, Keys, SealBroken, Sealer

ROWS = [3, 4]
TEXTS = ['{"surname": "Canary"}', '{"surname": "Wren"}']


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url) as made:
        yield made


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


def test_what_is_sealed_opens_at_its_place_only(conn: psycopg.Connection, keys: Keys) -> None:
    sealer = Sealer.sealing(conn, keys, 1, 7)
    sealed = sealer.seal(ROWS, TEXTS)
    assert b"Canary" not in sealed[0]
    assert [Sealer(keys, 1, 7).open(*one) for one in zip(ROWS, sealed, strict=True)] == TEXTS
    for feed, delivery, row in ((1, 7, 4), (1, 8, 3), (2, 7, 3)):
        with pytest.raises(SealBroken):
            Sealer(keys, feed, delivery).open(row, sealed[0])
    altered = sealed[0][:-1] + bytes([sealed[0][-1] ^ 1])
    for broken in (altered, b"", sealed[0][:10]):
        with pytest.raises(SealBroken):
            Sealer(keys, 1, 7).open(3, broken)


def test_the_same_text_is_never_sealed_alike(conn: psycopg.Connection, keys: Keys) -> None:
    sealer = Sealer.sealing(conn, keys, 1, 7)
    assert len({*sealer.seal([3, 3], TEXTS[:1] * 2)}) == 2


def test_keys_are_files_for_their_owner_only(conn: psycopg.Connection, keys: Keys) -> None:
    key = keys.current(conn)
    (path,) = keys.folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.folder.stat().st_mode & 0o777 == 0o700
    assert key.secret.hex() not in repr(key) and str(key.secret) not in repr(key)
    assert set(json.loads(path.read_text())) == {"version", "id", "key"}


def test_many_at_once_make_one_key(database_url: str, tmp_path: Path) -> None:
    def made(_: int) -> bytes:
        with connect(database_url) as conn:
            return Keys(tmp_path / "keys").current(conn).secret

    with ThreadPoolExecutor(4) as some:
        assert len(set(some.map(made, range(8)))) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["records-1.json"]


def test_a_new_key_seals_and_the_old_one_still_opens(conn: psycopg.Connection, keys: Keys) -> None:
    sealer = Sealer.sealing(conn, keys, 1, 7)
    old = sealer.seal(ROWS, TEXTS)
    digest = keys.digest(conn)("text")
    assert Keys(keys.folder).rotate(conn).version == 2
    later = sealer.seal(ROWS, TEXTS)  # under way: goes on with the key it began with
    new = Sealer.sealing(conn, Keys(keys.folder), 1, 7).seal(ROWS, TEXTS)
    # One that read the keys before the change opens all of them.
    for sealed in (old, later, new):
        assert Sealer(keys, 1, 7).open(3, sealed[0]) == TEXTS[0]
    assert old[0][1:3] == later[0][1:3] != new[0][1:3]
    assert Keys(keys.folder).digest(conn)("text") == digest


def test_without_its_key_nothing_opens_and_none_is_made(
    conn: psycopg.Connection, keys: Keys, tmp_path: Path
) -> None:
    sealed = Sealer.sealing(conn, keys, 1, 7).seal(ROWS, TEXTS)
    conn.execute(
        "INSERT INTO watersmeet.quarantine (delivery_id, row_number, table_number, source_row,"
        " record_hash, codes, sealed) VALUES (7, 3, 1, 3, 0, '{}', %s)",
        (sealed[0],),
    )
    elsewhere = Keys(tmp_path / "elsewhere")
    with pytest.raises(KeyMissing, match=r"records-1\.json from the backup"):
        Sealer(elsewhere, 1, 7).open(3, sealed[0])
    with pytest.raises(KeyMissing, match="WATERSMEET_KEYS"):
        elsewhere.current(conn)
    assert not elsewhere.folder.exists()


def test_the_folder_may_be_named(
    conn: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATERSMEET_KEYS", str(tmp_path / "vault"))
    Keys().current(conn)
    assert (tmp_path / "vault" / "records-1.json").exists()


@pytest.mark.parametrize("content", ["", "[]", '{"version": 1}', '{"version": 1, "id": "zz"}'])
def test_a_spoilt_key_file_is_named(keys: Keys, conn: psycopg.Connection, content: str) -> None:
    keys.folder.mkdir()
    (keys.folder / "records-1.json").write_text(content)
    with pytest.raises(KeyMissing, match=r"records-1\.json is not a key file"):
        keys.current(conn)
