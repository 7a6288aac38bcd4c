"""Identifiers that never change their meaning: redirects, and what moves rows along them."""
