"""Redirects of identifiers."""
