#!/bin/bash
# Run once by the PostgreSQL image on an empty volume: two databases, each with an owner that is no
# superuser, and nobody else let in.
set -euo pipefail

database() { # name password more-rights
    psql -v ON_ERROR_STOP=1 -U postgres -v name="$1" -v password="$2" <<SQL
CREATE ROLE :"name" LOGIN $3 PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

database airflow "$AIRFLOW_DATABASE_PASSWORD" ""
database watersmeet "$REPOSITORY_PASSWORD" CREATEROLE # the repository makes its analysts' roles
