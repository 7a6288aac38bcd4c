"""The Airflow floor as one machine runs it: configuration, processes, REST interface."""
