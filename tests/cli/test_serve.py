"""``watersmeet serve``: with the login of open tables, whoever else's is at hand."""

from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.settings import NothingOpen, open_url
from cli import main as command
from repository.database import NAMED as REPOSITORY
from repository.state import write_private

OWNER = "postgresql+psycopg://watersmeet:owner@db.example:5432/watersmeet"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path))
    monkeypatch.setenv(REPOSITORY, OWNER)
    monkeypatch.delenv("WATERSMEET_OPEN_URL", raising=False)
    return tmp_path


def test_the_login_is_that_of_open_tables(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(state / "analysts.json", {"audit_analyst": "x", "open_reader": "own"})
    there = "@db.example:5432/watersmeet"
    assert open_url() == f"postgresql+psycopg://open_reader:own{there}"
    monkeypatch.setenv("WATERSMEET_OPEN_URL", "postgresql://open_reader@replica.example/other")
    monkeypatch.delenv(REPOSITORY)
    assert open_url() == "postgresql://open_reader:own@replica.example/other"
    monkeypatch.setenv("WATERSMEET_OPEN_URL", "postgresql://reader:told@replica.example/other")
    assert open_url() == "postgresql://reader:told@replica.example/other"


def test_without_open_tables_it_says_what_to_do(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_private(state / "analysts.json", {"audit_analyst": "x"})
    with pytest.raises(NothingOpen):
        open_url()
    with pytest.raises(SystemExit) as ended:
        command.main(["serve"])
    assert ended.value.code == 2
    assert "contracts/open" in capsys.readouterr().err


def test_it_listens_on_this_machine_only_unless_told(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_private(state / "analysts.json", {"open_reader": "own"})
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **how: told.append(how))
    for given in (["serve"], ["serve", "--host", "0.0.0.0", "--port", "80", "--root", "/open"]):
        with pytest.raises(SystemExit) as ended:
            command.main(given)
        assert ended.value.code == 0
    assert [(one["host"], one["port"], one["root_path"]) for one in told] == [
        ("127.0.0.1", 8090, ""),
        ("0.0.0.0", 80, "/open"),
    ]
