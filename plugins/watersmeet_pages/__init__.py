"""Pages of ours inside the Airflow UI; imported by the API server alone, at the first request."""
