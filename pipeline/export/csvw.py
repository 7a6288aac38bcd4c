"""What stands beside a CSV file: its metadata after W3C's CSV on the Web (CSVW, 2015).

Sources: "Model for Tabular Data and Metadata on the Web", "Metadata Vocabulary for Tabular Data".
"""

from typing import Any

import pyarrow as pa

from pipeline.export.facts import ColumnFacts, TableFacts

ENDING = "-metadata.json"
"""A reader of ``data.csv`` looks for ``data.csv-metadata.json`` beside it."""


def csvw(facts: TableFacts, file: str, language: str = "en", **more: Any) -> dict[str, Any]:
    """The metadata document of a CSV file.

    Args:
        file: the CSV's name, beside which the document stands.
        more: further annotations of the table, by term: ``dc:license`` and the like.
    """
    schema: dict[str, Any] = {"columns": [_column(one) for one in facts.columns]}
    if facts.key:
        schema["primaryKey"] = list(facts.key)
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": language}],
        "url": file,
        "dc:title": facts.title,
        "dc:description": facts.meaning,
        "dc:modified": {"@value": f"{facts.made_at:%F}", "@type": "xsd:date"},
        **more,
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True},
        "tableSchema": schema,
    }


def _column(column: ColumnFacts) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.meaning + (f", in {column.unit}" if column.unit else ""),
        "datatype": datatype(column.arrow),
        "null": "",
    }
    if not column.nullable:
        told["required"] = True
    return told


def datatype(kind: pa.DataType) -> Any:
    """The CSVW datatype of an Arrow type, as :mod:`pipeline.export.delimited` writes it."""
    if pa.types.is_date(kind):
        return {"base": "date", "format": "yyyy-MM-dd"}
    if pa.types.is_timestamp(kind):
        return "datetime"
    if pa.types.is_decimal(kind):
        return "decimal"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind):
        return "double"
    return "boolean" if pa.types.is_boolean(kind) else "string"
