"""What docker-compose.yml tells Airflow is what this Airflow understands."""

from pathlib import Path

import pytest
import yaml
from airflow.cli.cli_parser import get_parser
from airflow.configuration import conf

FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"

pytestmark = pytest.mark.airflow


def test_airflow_knows_every_setting() -> None:
    settings = yaml.safe_load(FILE.read_text(encoding="utf-8"))["x-environment"]
    named = [name.lower().split("__")[1:] for name in settings if name.startswith("AIRFLOW__")]
    assert named
    for section, option in named:
        known = conf.configuration_description.get(section, {}).get("options", {})
        assert option in known or conf.has_option(section, option), f"[{section}] {option}"


@pytest.mark.parametrize(
    "service", ["api-server", "scheduler", "dag-processor", "worker", "triggerer"]
)
def test_airflow_knows_every_command(service: str) -> None:
    services = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    get_parser().parse_args(services[service]["command"])
