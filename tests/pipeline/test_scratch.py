"""Bytes on their way are gone when their user is, whichever way it went."""

import fcntl
import os
from pathlib import Path

import pytest

from pipeline.scratch import scratch


def test_a_folder_of_ones_own_that_goes(tmp_path: Path) -> None:
    with scratch(tmp_path / "scratch") as one, scratch(tmp_path / "scratch") as other:
        assert one != other and one.is_dir()
        (one / "page-0001.json").write_text("{}")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_it_goes_when_its_user_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="as it happens"), scratch(tmp_path) as folder:
        (folder / "half").touch()
        raise ValueError("as it happens")
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_holds_goes_and_what_somebody_holds_stays(tmp_path: Path) -> None:
    abandoned, held = tmp_path / "abandoned", tmp_path / "held"
    for folder in (abandoned, held):
        folder.mkdir()
        (folder / "census.csv").write_text("x")
    handle = os.open(held, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with scratch(tmp_path):
            assert not abandoned.exists()
            assert (held / "census.csv").exists()
    finally:
        os.close(handle)
