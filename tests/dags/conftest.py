"""Fixtures of the DAG tests: Airflow's own."""

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location(
    "airflow_home", Path(__file__).parents[1] / "airflow_home.py"
)
assert _SPEC and _SPEC.loader
_AIRFLOW_HOME = sys.modules.setdefault("airflow_home", importlib.util.module_from_spec(_SPEC))
if not hasattr(_AIRFLOW_HOME, "ROOT"):
    _SPEC.loader.exec_module(_AIRFLOW_HOME)

airflow_database = _AIRFLOW_HOME.airflow_database
one_landing_store = _AIRFLOW_HOME.one_landing_store
ROOT: Path = _AIRFLOW_HOME.ROOT
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # as Airflow does with the root of a bundle
