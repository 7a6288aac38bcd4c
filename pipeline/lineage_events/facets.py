"""Facets as OpenLineage publishes them: each says who made it and which schema it follows."""

from collections.abc import Mapping
from typing import Any

from contracts.version import code_version

Plain = dict[str, Any]

EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"

# Facet to the version of its schema, its file, and its definition in there.
SCHEMAS: Mapping[str, tuple[str, str, str]] = {
    name: (version, definition if file is None else file, definition)
    for name, version, definition, file in (
        ("schema", "1-2-0", "SchemaDatasetFacet", None),
        ("columnLineage", "1-2-0", "ColumnLineageDatasetFacet", None),
        ("dataQualityMetrics", "1-0-3", "DataQualityMetricsInputDatasetFacet", None),
        ("dataQualityAssertions", "1-1-0", "DataQualityAssertionsDatasetFacet", None),
        ("inputStatistics", "1-0-0", "InputStatisticsInputDatasetFacet", None),
        ("outputStatistics", "1-0-2", "OutputStatisticsOutputDatasetFacet", None),
        ("subset", "1-0-0", "InputSubsetInputDatasetFacet", "BaseSubsetDatasetFacet"),
        ("version", "1-0-1", "DatasetVersionDatasetFacet", None),
        ("datasetType", "1-0-1", "DatasetTypeDatasetFacet", None),
        ("documentation", "1-1-0", "DocumentationDatasetFacet", None),
        ("ownership", "1-0-1", "OwnershipDatasetFacet", None),
        ("tags", "1-0-0", "TagsDatasetFacet", None),
        ("jobDocumentation", "1-1-0", "DocumentationJobFacet", None),
        ("jobOwnership", "1-0-1", "OwnershipJobFacet", None),
        ("jobTags", "1-0-0", "TagsJobFacet", None),
        ("jobType", "2-0-4", "JobTypeJobFacet", None),
        ("runTags", "1-0-0", "TagsRunFacet", None),
        ("nominalTime", "1-0-1", "NominalTimeRunFacet", None),
        ("parent", "1-2-0", "ParentRunFacet", None),
        ("processing_engine", "1-1-1", "ProcessingEngineRunFacet", None),
        ("errorMessage", "1-0-1", "ErrorMessageRunFacet", None),
    )
}


def producer() -> str:
    """Who makes the events: this program and the version of its code, as a URI."""
    return f"urn:watersmeet:{code_version()}"


def facet(name: str, /, **content: Any) -> Plain:
    """A facet; ``name`` is one of :data:`SCHEMAS`."""
    version, file, definition = SCHEMAS[name]
    return {
        "_producer": producer(),
        "_schemaURL": f"https://openlineage.io/spec/facets/{version}/{file}.json#/$defs/{definition}",
        **content,
    }


def tag(key: str, value: object, field: str | None = None) -> Plain:
    """One tag, of a field where one is named."""
    made = {"key": key, "value": str(value), "source": "WATERSMEET"}
    return made if field is None else {**made, "field": field}
