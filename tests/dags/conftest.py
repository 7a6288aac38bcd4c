"""Fixtures of the DAG tests: Airflow's own."""

import sys
from pathlib import Path

from tests import airflow_home as _AIRFLOW_HOME

airflow_database = _AIRFLOW_HOME.airflow_database
one_landing_store = _AIRFLOW_HOME.one_landing_store
ROOT: Path = _AIRFLOW_HOME.ROOT
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # as Airflow does with the root of a bundle
