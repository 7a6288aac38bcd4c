"""Where backups and keys may go: two places, neither within the other nor in the state folder."""

from pathlib import Path

import pytest

from repository.backup.problems import BackupProblem
from repository.backup.settings import BackupNotSetUp, BackupSettings, set_up


def named(monkeypatch: pytest.MonkeyPatch, backup: object, keys: object) -> None:
    for name, value in (("WATERSMEET_BACKUP", backup), ("WATERSMEET_BACKUP_KEYS", keys)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, str(value))


def test_two_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, None, None)
    assert not set_up()
    with pytest.raises(BackupNotSetUp, match="WATERSMEET_BACKUP_KEYS"):
        BackupSettings.from_environment()
    named(monkeypatch, tmp_path / "backup", None)
    assert set_up()
    with pytest.raises(BackupProblem, match="can never be opened"):
        BackupSettings.from_environment()
    named(monkeypatch, tmp_path / "backup", tmp_path / "backup-keys")
    made = BackupSettings.from_environment(tmp_path / "state")
    assert (str(made.backup), str(made.keys)) == (
        str(tmp_path / "backup"),
        str(tmp_path / "backup-keys"),
    )


@pytest.mark.parametrize(
    ("backup", "keys"),
    [
        ("{}/backup", "{}/backup"),
        ("{}/backup", "{}/backup/keys"),
        ("{}/backup/here", "{}/backup"),
        ("{}/link", "{}/backup/keys"),
        ("{}/other/../backup", "{}/backup/"),
        ("s3://bucket/backup", "s3://bucket/backup/keys"),
        ("s3://bucket/backup/", "s3://bucket/backup"),
        ("s3://bucket", "s3://bucket/keys"),
    ],
)
def test_keys_beside_backups_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backup: str, keys: str
) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "backup")
    named(monkeypatch, backup.format(tmp_path), keys.format(tmp_path))
    with pytest.raises(BackupProblem, match="neither within the other"):
        BackupSettings.from_environment()


@pytest.mark.parametrize("which", ["backup", "keys"])
def test_the_state_folder_holds_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    places = {"backup": tmp_path / "backup", "keys": tmp_path / "keys"}
    places[which] = tmp_path / "state" / which
    named(monkeypatch, places["backup"], places["keys"])
    with pytest.raises(BackupProblem, match="would be lost with it"):
        BackupSettings.from_environment(tmp_path / "state")
