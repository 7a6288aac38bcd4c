#!/bin/bash
# Serves the example's API to the worker, with the client secret its connection holds.
set -euo pipefail

WATERSMEET_EXAMPLE_SECRET=$(python -c '
import json, os
with open(os.environ["WATERSMEET_CONNECTIONS"]) as file:
    print(json.load(file)["works_api"]["password"])
')
export WATERSMEET_EXAMPLE_SECRET
exec python -m pipeline.example.api_server --dir /opt/watersmeet/supplies --port 8790
