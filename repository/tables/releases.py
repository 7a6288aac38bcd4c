"""Open data releases."""
