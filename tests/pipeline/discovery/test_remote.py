"""Shares of connections: real Samba, OpenSSH and S3 servers on loopback."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unreachable
from tests.servers.s3 import KEY, SECRET, store
from tests.servers.samba import PASSWORD, samba
from tests.servers.sshd import sshd


def fill(kit: Any) -> dict[str, bytes]:
    april = kit.spend_rows(40)
    return {
        "finance/2026/april.csv": kit.as_csv(kit.SPEND, april),
        "finance/2026/copy.csv": kit.as_csv(kit.SPEND, april),
        "finance/2026/deep/april.xlsx": kit.workbook(kit.SPEND, april),
        "finance/people.csv": kit.as_csv(kit.PEOPLE, kit.people_rows(30)),
        "letter.pdf": b"%PDF-1.7 invented",
    }


def write(folder: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def found_whole(searched: Any, place: str) -> Any:
    found = searched(place)
    assert set(found.files) == {
        "finance/2026/april.csv",
        "finance/2026/copy.csv",
        "finance/2026/deep/april.xlsx",
        "finance/people.csv",
        "letter.pdf",
    }
    for path in ("finance/2026/april.csv", "finance/2026/deep/april.xlsx"):
        look = found.files[path].known.look
        assert (look.problem, look.tables[0].rows) == (None, 40)
        assert look.tables[0].matches[0].dataset == "spend"
    assert [len(paths) for _, paths in found.summary.twins] == [2]
    assert found.files["finance/people.csv"].known.look.tables[0].personal
    assert searched(place).looks == 0, "nothing has changed"
    below = searched(f"{place}:finance/2026")
    assert set(below.files) == {"april.csv", "copy.csv", "deep/april.xlsx"}
    with pytest.raises(Unreachable):
        searched(f"{place}:no/such/folder")
    return found


def declare(monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_NORTHMOOR_SHARE", json.dumps(told))


def test_an_smb_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, searched: Any, kit: Any
) -> None:
    with samba(tmp_path / "samba" / "root") as server:
        write(server.shared, fill(kit))
        declare(
            monkeypatch,
            {
                "conn_type": "samba",
                "host": "127.0.0.1",
                "port": server.port,
                "login": server.account,
                "password": PASSWORD,
                "extra": {"share": "deliveries"},
            },
        )
        found = found_whole(searched, "northmoor_share")
        assert PASSWORD.encode() not in found.notebook_path.read_bytes()


def test_an_sftp_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, searched: Any, kit: Any
) -> None:
    with sshd(tmp_path / "sshd" / "root") as server:
        write(server.shared, fill(kit))
        declare(
            monkeypatch,
            {
                "conn_type": "sftp",
                "host": "127.0.0.1",
                "port": server.port,
                "login": server.account,
                "extra": {
                    "path": str(server.shared),
                    "host_key": server.host_key,
                    "private_key": server.key("ed25519"),
                },
            },
        )
        found_whole(searched, "northmoor_share")


def test_an_object_store(monkeypatch: pytest.MonkeyPatch, searched: Any, kit: Any) -> None:
    with store() as server:
        for name, content in fill(kit).items():
            server.put(name, content, "plain")
        declare(
            monkeypatch,
            {
                "conn_type": "aws",
                "login": KEY,
                "password": SECRET,
                "extra": {
                    "bucket": "plain",
                    "region_name": "eu-west-2",
                    "endpoint_url": server.url,
                    "addressing_style": "path",
                },
            },
        )
        found = searched("northmoor_share")
        assert len(found.files) == 5
        assert found.files["finance/2026/april.csv"].known.look.tables[0].rows == 40
        assert searched("northmoor_share").looks == 0
