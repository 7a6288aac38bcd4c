#!/bin/bash
# Brings everything the other containers need to its place, once, and ends.
set -euo pipefail

private=/opt/airflow/private
chown -R airflow:0 "$private" /opt/airflow/open /opt/airflow/logs /opt/watersmeet/supplies
cd /opt/watersmeet

as_airflow() { setpriv --reuid=airflow --regid=0 --init-groups env HOME=/home/airflow "$@"; }

as_airflow python - <<'PYTHON'
import json
import os
from pathlib import Path

import boto3

users = ("admin", "steward", "viewer")
path = Path("/opt/airflow/private/passwords.json")
path.touch(mode=0o600)
path.write_text(json.dumps({user: os.environ[f"{user.upper()}_PASSWORD"] for user in users}))

s3 = boto3.client("s3")
if "landing" not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
    s3.create_bucket(Bucket="landing")
PYTHON
as_airflow airflow db migrate
as_airflow watersmeet migrate

# The open API is given the password of its login, and no other.
as_airflow python - <<'PYTHON'
from pathlib import Path

from repository.open.tables import ROLE
from repository.state import read_private, write_private

passwords = read_private(Path("/opt/airflow/private/analysts.json"))
if ROLE in passwords:
    write_private(Path("/opt/airflow/open/analysts.json"), {ROLE: passwords[ROLE]})
PYTHON

# The example's files and connections; an adopter leaves these lines out.
as_airflow watersmeet example --into /opt/watersmeet/supplies \
    --connections "$private/connections.json" --api-port 8790
