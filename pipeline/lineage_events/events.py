"""The events of a run: what begins it tells what is about to happen, what ends it what came of it.

Between them they hold the whole story; a receiver joins them by the run (OpenLineage's accumulative
way of telling).
"""

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.dataset import dataset_facts
from contracts.entity import entity_facts
from contracts.findings import Finding
from contracts.model import columns_of
from contracts.odcs.export import paragraphs
from contracts.promised_checks import checks_of
from contracts.version import code_version
from pipeline.delivery import Delivery
from pipeline.journey import Journey
from pipeline.lineage_events import quality
from pipeline.lineage_events.column_lineage import column_lineage
from pipeline.lineage_events.facets import EVENT, Plain, facet, producer, tag
from pipeline.lineage_events.fields import Fields
from pipeline.lineage_events.naming import Naming
from pipeline.lineage_events.schemas import stored, supplied
from pipeline.lineage_events.trouble import error_message
from repository.load import DeliveryRecord, Outcome

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Measured:
    """What the repository recorded of a delivery: profile, issues, findings.

    Attributes:
        measures: by contract column.
        issues: rows by issue and contract column.
        findings: code and contract column of each.
        compared: whether the gates had earlier deliveries to compare it with.
    """

    measures: Mapping[str, Mapping[str, Any]]
    issues: quality.Counts
    findings: Collection[tuple[str, str | None]]
    compared: bool


@dataclass(frozen=True)
class Telling:
    """One delivery in one try: all that its events are made of, but for what came of it."""

    journey: Journey
    delivery: Delivery
    record: DeliveryRecord
    naming: Naming
    run_id: UUID
    number: int
    run: Mapping[str, Any]

    def start(self, moment: datetime) -> Plain:
        """The event that begins the run."""
        return {
            "eventType": "START",
            "eventTime": moment.isoformat(),
            "producer": producer(),
            "schemaURL": EVENT,
            "run": {"runId": str(self.run_id), "facets": self._run_facets()},
            "job": self._job(),
            "inputs": [self._input()],
            "outputs": [self.naming.table("store", entity) for entity in self.record.entities],
        }

    def complete(
        self, start: Plain, moment: datetime, outcome: Outcome, fields: Fields, found: Measured
    ) -> Plain:
        """The event that ends a run whose delivery is loaded."""
        made = ended(start, "COMPLETE", moment)
        # Where the long way had to be taken, the delivery has a later number than its start.
        made["run"]["facets"] = replace(self, number=outcome.delivery_id)._run_facets()
        made["inputs"] = [self._whole_input(outcome, fields, found)]
        made["outputs"] = [self._output(entity, outcome, fields) for entity in self.record.entities]
        return made

    def stopped(
        self, start: Plain, moment: datetime, message: str, why: Iterable[Finding]
    ) -> Plain:
        """The event that ends a run whose delivery was stopped by the gates."""
        made = ended(start, "ABORT", moment, message)
        found = [(one.code, one.column) for one in why]
        asserted = list(quality.gates(found, Fields(), compared=False))
        made["inputs"][0]["inputFacets"] |= {
            "dataQualityAssertions": facet("dataQualityAssertions", assertions=asserted)
        }
        return made

    def _run_facets(self) -> Plain:
        facts = dataset_facts(self.record.dataset)
        as_at = self.record.speaks_of
        tags = {
            "delivery": self.number,
            "as_at": as_at.isoformat(),
            "contract": f"{facts.name} {facts.version}",
            "entities": ", ".join(
                f"{name} {entity_facts(one).version}" for name, one in self.record.entities.items()
            ),
            "steps": self.record.steps_version,
            "agreement": self.record.agreement,
            "replays": self.record.replays,
            "bundle": self.record.bundle_version,
        }
        begins = datetime.combine(as_at, time.min, LONDON)
        found = {
            "nominalTime": facet("nominalTime", nominalStartTime=begins.isoformat()),
            "processing_engine": facet(
                "processing_engine",
                name="watersmeet",
                version=code_version(),
                openlineageAdapterVersion=_version(),
            ),
            "tags": facet(
                "runTags",
                tags=[tag(key, value) for key, value in tags.items() if value is not None],
            ),
        }
        parent = self.naming.parent(dict(self.run))
        return found if parent is None else {**found, "parent": facet("parent", **parent)}

    def _job(self) -> Plain:
        feed = self.journey.feed
        agreement = self.journey.declarations.agreement_of(feed)
        meaning = dataset_facts(self.record.dataset).title
        return {
            "namespace": self.naming.namespace,
            "name": feed.id,
            "facets": {
                "documentation": facet(
                    "jobDocumentation",
                    description=f"{feed.title}: deliveries of {meaning} are checked, "
                    "harmonised and loaded into the repository",
                    contentType="text/plain",
                ),
                "ownership": facet("jobOwnership", owners=self._owners()),
                "jobType": facet(
                    "jobType",
                    processingType="BATCH",
                    integration="WATERSMEET",
                    jobType="DELIVERY",
                    emissionPattern={
                        "eventTrigger": "EVENT_BASED",
                        "eventContentMode": "ACCUMULATIVE",
                    },
                ),
                "tags": facet(
                    "jobTags",
                    tags=[
                        tag("organisation", feed.organisation),
                        tag("dataset", feed.dataset),
                        tag("agreement", agreement.id),
                        tag("gateway", agreement.gateway),
                    ],
                ),
            },
        }

    def _owners(self) -> list[Plain]:
        feed = self.journey.feed
        return [
            {"name": feed.owner, "type": "OWNER"},
            {"name": feed.maintainer, "type": "MAINTAINER"},
        ]

    def _input(self) -> Plain:
        """What was supplied, as far as it is known before it is read."""
        files = self.delivery.files
        return {
            **self.naming.landed(self.delivery.feed),
            "facets": {
                "documentation": facet(
                    "documentation",
                    description=paragraphs(dataset_facts(self.record.dataset).doc),
                    contentType="text/markdown",
                ),
                "datasetType": facet("datasetType", datasetType="FILE"),
                "version": facet("version", datasetVersion=self.delivery.sha256),
                "ownership": facet("ownership", owners=self._owners()),
            },
            "inputFacets": {
                "subset": facet(
                    "subset",
                    inputCondition={
                        "type": "location",
                        "locations": self.naming.locations(self.delivery),
                    },
                ),
                "inputStatistics": facet(
                    "inputStatistics", size=sum(file.bytes for file in files), fileCount=len(files)
                ),
            },
        }

    def _whole_input(self, outcome: Outcome, fields: Fields, found: Measured) -> Plain:
        made = self._input()
        journey, columns = self.journey, columns_of(self.record.dataset)
        rows, files = outcome.landed - outcome.excluded, self.delivery.files
        size = sum(file.bytes for file in files)
        agreement = journey.declarations.agreement_of(journey.feed)
        promised = checks_of(
            journey.feed, self.record.dataset, agreement, journey.declarations.entities
        )
        told = {name: one for name, one in found.measures.items() if name}
        compared = found.compared and not journey.gates.not_checked
        asserted = [
            *quality.checks(promised, told, found.issues, fields, rows),
            *quality.gates(found.findings, fields, compared=compared),
        ]
        made["facets"] |= supplied(self.record.dataset, fields)
        made["inputFacets"] |= {
            "inputStatistics": facet(
                "inputStatistics", rowCount=outcome.landed, size=size, fileCount=len(files)
            ),
            "dataQualityMetrics": quality.metrics(told, columns, fields, rows, size, len(files)),
            "dataQualityAssertions": facet("dataQualityAssertions", assertions=asserted),
        }
        return made

    def _output(self, entity: str, outcome: Outcome, fields: Fields) -> Plain:
        journey, contract = self.journey, self.record.entities[entity]
        agreement = journey.declarations.agreement_of(journey.feed)
        promised = checks_of(
            journey.feed, self.record.dataset, agreement, journey.declarations.entities
        )
        made: Plain = {
            **self.naming.table("store", entity),
            "facets": {
                "documentation": facet(
                    "documentation",
                    description=paragraphs(entity_facts(contract).doc),
                    contentType="text/markdown",
                ),
                "datasetType": facet("datasetType", datasetType="TABLE"),
                "ownership": facet(
                    "ownership", owners=[{"name": journey.feed.maintainer, "type": "MAINTAINER"}]
                ),
                **stored(contract),
                "columnLineage": column_lineage(
                    self.record.dataset,
                    entity,
                    self.record.entities,
                    self.naming.landed(self.delivery.feed),
                    fields,
                    quality.keeping_out(promised),
                ),
            },
        }
        if entity == self.record.main:
            made["outputFacets"] = {
                "outputStatistics": facet(
                    "outputStatistics", rowCount=outcome.new + outcome.changed
                )
            }
        return made


def ended(start: Plain, kind: str, moment: datetime, message: str | None = None) -> Plain:
    """The event that ends a run, made of the one that began it: all that is known of one that was
    killed."""
    made = copy.deepcopy(start)
    made |= {"eventType": kind, "eventTime": moment.isoformat()}
    if message is not None:
        made["run"]["facets"]["errorMessage"] = error_message(message)
    return made


def _version() -> str:
    try:
        return version("watersmeet")
    except PackageNotFoundError:
        return "unknown"
