# Airflow with Watersmeet in it; see docker-compose.yml.
FROM apache/airflow:3.3.2

COPY --chown=airflow:0 requirements.txt /opt/watersmeet/
RUN pip install --no-cache-dir --require-hashes -r /opt/watersmeet/requirements.txt

COPY --chown=airflow:0 . /opt/watersmeet/
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable /opt/watersmeet \
    && mkdir -p /opt/airflow/config \
    && cp /opt/watersmeet/deploy/airflow_local_settings.py /opt/airflow/config/

USER root
# Access databases are read with MDB Tools.
RUN apt-get update \
    && apt-get install -y --no-install-recommends mdbtools \
    && rm -rf /var/lib/apt/lists/*
# The volumes of these names take owner and mode from here.
RUN install -d -o airflow -g 0 -m 0775 /opt/airflow/private /opt/airflow/open \
    /opt/watersmeet/supplies
USER airflow
