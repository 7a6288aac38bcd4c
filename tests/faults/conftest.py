"""Faults are tried with the repository's invented contracts and deliveries, and whole journeys."""

from tests import journey_kit
from tests.repository import conftest as repository_kit

supplier = repository_kit.supplier
small_region = journey_kit.small_region
declared_database = journey_kit.declared_database
home = journey_kit.home
