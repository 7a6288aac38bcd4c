"""Lineage events that wait to be sent."""
