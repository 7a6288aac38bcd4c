"""Reads tables of other people's databases: one snapshot, read only, as exact text."""
