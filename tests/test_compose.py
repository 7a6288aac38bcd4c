"""docker-compose.yml: valid, pinned, without secrets, and speaking of things that exist."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docker-compose.yml"
EXACT = re.compile(r"^[a-z0-9./-]+:\d+\.\d+(\.\d+)?$")
OURS = {
    "scheduler", "dag-processor", "worker", "triggerer", "api-server", "init", "example",
    "open-api",
}  # fmt: skip


@cache
def compose() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def secrets() -> set[str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return {line.partition("=")[0] for line in lines if line and not line.startswith("#")}


def command_of_compose() -> list[str] | None:
    if shutil.which("docker"):
        found = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if found.returncode == 0:
            return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


def test_compose_itself_takes_it(tmp_path: Path) -> None:
    command = command_of_compose()
    if command is None:
        pytest.skip("NEITHER docker compose NOR docker-compose IS INSTALLED: config not checked")
    values = tmp_path / "env"
    values.write_text("".join(f"{name}=x\n" for name in secrets()), encoding="utf-8")
    asked = [*command, "--env-file", str(values), "-f", str(FILE), "config"]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services) == {"postgres", "redis", "s3", *OURS}
    executor = services["worker"]["environment"]["AIRFLOW__CORE__EXECUTOR"]
    assert executor == "CeleryExecutor"


def test_every_image_has_an_exact_version() -> None:
    images = {name: service["image"] for name, service in compose()["services"].items()}
    wrong = {name: image for name, image in images.items() if not EXACT.match(image)}
    assert wrong == {}
    assert images["postgres"].startswith("postgres:18.")
    base = re.search(r"^FROM (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    airflow = re.search(r"^apache-airflow==(\S+)", lock, re.MULTILINE)
    assert base and airflow and base[1] == f"apache/airflow:{airflow[1]}"


def test_no_secret_stands_in_it_and_each_is_demanded() -> None:
    text = FILE.read_text(encoding="utf-8")
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", text))
    assert asked == secrets()
    demanded = set(re.findall(r"\$\{(\w+):\?", text))
    assert demanded == asked, "without its value nothing starts"
    for name, service in compose()["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD$|SECRET|FERNET|_KEY$|KEY_ID", variable):
                assert str(value).startswith("${"), f"{name}: {variable}"


def test_the_open_api_is_given_no_secret() -> None:
    service = compose()["services"]["open-api"]
    assert "${" not in str(service)
    assert service["volumes"] == ["open:/opt/airflow/open:ro"]
    assert service["environment"] == {
        "WATERSMEET_STATE": "/opt/airflow/open",
        "WATERSMEET_OPEN_URL": "postgresql+psycopg://open_reader@postgres:5432/watersmeet",
    }


def test_our_own_variables_are_read_somewhere() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("contracts", "connectors", "repository", "pipeline", "dags")
        for path in (ROOT / folder).rglob("*.py")
    )
    for variable in compose()["x-environment"]:
        if variable.startswith("WATERSMEET_"):
            assert variable in code, variable


def test_every_mounted_file_is_there() -> None:
    for name, service in compose()["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), f"{name}: {source}"
            else:
                assert source in compose()["volumes"], f"{name}: {source}"
