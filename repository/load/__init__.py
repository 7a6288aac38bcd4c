"""Loads one delivery in one transaction: all of it is there, or nothing."""

from repository.load.loading import Load, loading
from repository.load.record import DeliveryRecord, FileRecord, Outcome, TableRecord

__all__ = ["DeliveryRecord", "FileRecord", "Load", "Outcome", "TableRecord", "loading"]
