"""What Airflow is told on this machine: ``airflow.cfg`` and passwords in the state folder.

The file stands complete, so ``AIRFLOW_HOME=.watersmeet/airflow .venv/bin/airflow dags list`` works
beside a running Watersmeet.
"""

import base64
import configparser
import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repository.server import Urls
from repository.state import read_private, write_private

ROOT = Path(__file__).resolve().parents[2]
"""The project: root of the DAG bundle, with ``plugins`` and ``deploy`` in it."""

USERS = {"admin": "admin", "steward": "op", "viewer": "viewer"}
"""Logins of the example, with their Airflow roles."""


@dataclass(frozen=True)
class Floor:
    """Airflow as configured: where it is, who may log in, what its processes need to know."""

    home: Path
    url: str
    passwords: Mapping[str, str]
    environment: Mapping[str, str]


def configure(state: Path, urls: Urls, port: int) -> Floor:
    """Write Airflow's configuration for this state folder; keys and passwords are made once."""
    home = state / "airflow"
    (home / "config").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(
        ROOT / "deploy" / "airflow_local_settings.py", home / "config" / "airflow_local_settings.py"
    )
    keys = _keys(home / "keys.json")
    passwords = _passwords(home / "passwords.json")
    url = f"http://127.0.0.1:{port}"
    _write_configuration(home / "airflow.cfg", _settings(state, home, urls, url, port, keys))
    write_private(home / "address.json", {"url": url})
    return Floor(home, url, passwords, _environment(state, home, urls))


def _settings(
    state: Path, home: Path, urls: Urls, url: str, port: int, keys: Mapping[str, str]
) -> dict[str, dict[str, object]]:
    bundle = {
        "name": "watersmeet",
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(ROOT)},
    }
    backend = {"connections_file_path": str(state / "connections.json")}
    return {
        "core": {
            "executor": "LocalExecutor",
            "parallelism": 4,
            "load_examples": False,
            "dags_folder": ROOT / "dags",
            "plugins_folder": ROOT / "plugins",
            "execution_api_server_url": f"{url}/execution/",
            "simple_auth_manager_users": ",".join(f"{u}:{role}" for u, role in USERS.items()),
            "simple_auth_manager_passwords_file": home / "passwords.json",
            "fernet_key": keys["fernet"],
        },
        "database": {
            "sql_alchemy_conn": urls.airflow,
            "sql_alchemy_conn_async": urls.airflow.replace("+psycopg2:", "+asyncpg:"),
        },
        "api": {
            "host": "127.0.0.1",
            "port": port,
            "base_url": url,
            "workers": 1,
            "secret_key": keys["secret"],
        },
        "api_auth": {"jwt_secret": keys["jwt"]},
        # Lowering the first of these alone makes many short tasks slower, not faster.
        "scheduler": {"scheduler_idle_sleep_time": 0.2},
        "workers": {"min_heartbeat_interval": 1},
        "dag_processor": {
            "refresh_interval": 15,
            "min_file_process_interval": 15,
            "dag_bundle_config_list": json.dumps([bundle]),
        },
        "logging": {"base_log_folder": home / "logs"},
        "secrets": {
            "backend": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
            "backend_kwargs": json.dumps(backend),
        },
        "usage_data_collection": {"enabled": False},
    }


def _environment(state: Path, home: Path, urls: Urls) -> dict[str, str]:
    """What the processes inherit: ours, less Airflow settings that belong to another one."""
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("AIRFLOW_", "_AIRFLOW"))}
    return {
        **inherited,
        "AIRFLOW_HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{inherited.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "WATERSMEET_STATE": str(state),
        "WATERSMEET_DATABASE_URL": urls.watersmeet,
        "WATERSMEET_CONNECTIONS": str(state / "connections.json"),
        # The example's feeds are switched on from the first; see dags/feed/dag.py.
        "WATERSMEET_START_FEEDS": "1",
    }


def _keys(path: Path) -> dict[str, str]:
    keys = read_private(path)
    if not keys:
        keys = {
            "jwt": secrets.token_urlsafe(64),
            "secret": secrets.token_urlsafe(32),
            "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        write_private(path, keys)
    return keys


def _passwords(path: Path) -> dict[str, str]:
    passwords = read_private(path)
    if set(passwords) != set(USERS):
        passwords = {user: secrets.token_urlsafe(9) for user in USERS}
        write_private(path, passwords)
    return passwords


def _write_configuration(path: Path, settings: Mapping[str, Mapping[str, object]]) -> None:
    parser = configparser.RawConfigParser()
    for section, options in settings.items():
        parser[section] = {name: str(value).replace("%", "%%") for name, value in options.items()}
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        parser.write(file)
    draft.replace(path)
