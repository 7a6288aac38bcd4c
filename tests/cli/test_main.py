"""The command itself: commands and groups of commands, imported only when asked for."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer

from cli import main as command

LINE = "Things to do with stones."


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A group of commands of this test's own, and what was called of it."""
    called: list[str] = []
    stones = typer.Typer()

    @stones.command()
    def turn(times: int) -> None:
        """Turn a stone."""
        called.append(f"turned {times}")

    @stones.command("throw")
    def throw_() -> None:
        """Throw a stone."""
        called.append("thrown")

    module = ModuleType("cli.stones")
    module.stones = stones  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cli.stones", module)
    monkeypatch.setitem(command.COMMANDS, "stones", ("cli.stones", "stones", LINE))
    return called


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    return int(ended.value.code or 0)


def test_a_group_runs_its_commands(group: list[str]) -> None:
    assert (run("stones", "turn", "3"), run("stones", "throw")) == (0, 0)
    assert group == ["turned 3", "thrown"]


def test_help_lists_groups_and_their_commands(
    group: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run("--help")
    assert LINE in capsys.readouterr().out
    run("stones", "--help")
    told = capsys.readouterr().out
    assert "Turn a stone." in told
    assert "throw" in told


def test_an_unknown_command_of_a_group_is_2(
    group: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("stones", "eat") == 2
    assert "No such command 'eat'" in capsys.readouterr().err
    assert group == []


def test_only_the_command_asked_for_is_imported() -> None:
    script = (
        "import sys\nfrom cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in sys.modules if m in ('cli.contract', 'cli.run', 'pandera')])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(command.__file__).parents[1],
    )
    assert told.stdout.splitlines()[-1] == "[]"
    assert "contract" in told.stdout
