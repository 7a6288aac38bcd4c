"""``watersmeet export`` as it is called."""

import json
import shutil
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.export import ended_tidily
from cli.main import main
from pipeline.export.exporting import written_whole
from tests.journey_kit import Home


def ends(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["export", *arguments])
    return int(ended.value.code or 0)


def test_a_table_is_written_and_what_cannot_be_is_said(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.supply("northmoor/spend")
    home.one("northmoor/spend")
    shutil.copyfile(home.passwords, tmp_path / "state" / "analysts.json")
    to = tmp_path / "a.parquet"
    given = ("payment", "--to", str(to))
    assert ends(*given, "--columns", "amount, paid_on", "--where", "amount>100", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["columns"] == ["amount", "paid_on"] and told["files"] == [str(to)]
    table = pq.read_table(to)
    assert table.column_names == ["amount", "paid_on"] and table.num_rows == told["rows"] > 0

    assert ends(*given) == 0
    assert f"rows for transparency written to {to}" in capsys.readouterr().out
    for more, said in {
        ("--as-at", "May"): "'May' is no date; write it as 2026-09-01",
        ("--as-known", "noon"): "'noon' is no moment; write it as 2026-09-01T09:00",
        ("--columns", "description"): "payment has no column description for purpose transparency",
        ("--purpose", "fraud"): "there is no purpose fraud in force; there are",
        ("--columns", "amount,amount"): "a column is named twice",
        ("--columns", "amount,"): "a name of a column is empty",
    }.items():
        assert ends(*given, *more) == 2
        assert said in capsys.readouterr().err


def test_a_request_to_end_clears_away_as_ctrl_c_does(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended, ended_tidily(), written_whole(tmp_path / "a.csv"):
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == 143 and list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == before
