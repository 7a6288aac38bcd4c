"""The example's connections: for every feed, private, and careful with what was there."""

import json
import stat
from pathlib import Path

import pytest

from contracts.declarations import load
from pipeline.example.connections import ConnectionsUnreadable, write_connections
from pipeline.example.region import SUPPLIES


def test_every_shipped_feed_finds_its_place(region: Path, tmp_path: Path) -> None:
    file = tmp_path / "state" / "connections.json"
    secret = write_connections(file, region, 8790)
    found = json.loads(file.read_text())
    files = {supply.feed: region / supply.file for supply in SUPPLIES}
    for feed in load().feeds.values():
        one = found[feed.place.connection]
        if feed.place.kind == "folder":
            assert one["conn_type"] == "fs"
            folder = Path(one["extra"]["path"]) / feed.place.path
            assert list(folder.glob(feed.place.pattern)) == [files[feed.id]]
        else:
            assert (one["schema"], one["host"], one["port"]) == ("http", "127.0.0.1", 8790)
            assert one["password"] == secret and len(secret) >= 24
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_secret_and_other_connections_stay(tmp_path: Path) -> None:
    file = tmp_path / "connections.json"
    file.write_text(json.dumps({"ours": {"conn_type": "sftp", "host": "files.example"}}))
    secret = write_connections(file, tmp_path, 8790)
    assert write_connections(file, tmp_path, 8791) == secret
    found = json.loads(file.read_text())
    assert found["ours"] == {"conn_type": "sftp", "host": "files.example"}
    assert found["works_api"]["port"] == 8791
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["not json", "[1]"])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "connections.json"
    file.write_text(text)
    with pytest.raises(ConnectionsUnreadable, match=r"connections\.json"):
        write_connections(file, tmp_path, 8790)
    assert file.read_text() == text
