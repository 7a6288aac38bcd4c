"""A release as DCAT 3 (W3C 2024), in the profile DCAT-AP 3, as JSON-LD.

The context stands in the document, so that a reader needs no other. Without a declared address of
the publisher's site the files are named relative to the document itself.
"""

from typing import Any

from pipeline.release.files import CSV, LINEAGE, MEDIA, Told

EU = "http://publications.europa.eu/resource/authority"
FREQUENCY = {
    "continuous": "CONT", "daily": "DAILY", "weekly": "WEEKLY", "monthly": "MONTHLY",
    "quarterly": "QUARTERLY", "annual": "ANNUAL", "irregular": "IRREG",
}  # fmt: skip
LANGUAGE = {"en": "ENG", "cy": "CYM", "ga": "GLE", "gd": "GLA", "fr": "FRA", "de": "DEU"}
FORMAT = {"data.csv": "CSV", "data.parquet": "PARQUET"}
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def dcat(told: Told) -> dict[str, Any]:
    """The description ``dcat.jsonld``: a ``dcat:Dataset`` with its distributions."""
    table, language = told.table, told.table.language
    dataset: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": told.address("#dataset"),
        "@type": "dcat:Dataset",
        "dct:title": _text(table.title, language),
        "dct:description": _text(told.facts.meaning, language),
        "dct:identifier": f"{table.name}:{told.version}",
        "dct:publisher": _publisher(told),
        "dcat:contactPoint": {
            "@type": ["vcard:Kind", "vcard:Organization"],
            "vcard:fn": table.contact.name,
            "vcard:hasEmail": {"@id": f"mailto:{table.contact.email}"},
        },
        "dcat:version": told.version,
        "dct:issued": _moment(told),
        "dct:modified": _moment(told),
        "dct:accrualPeriodicity": _concept(
            f"{EU}/frequency/{FREQUENCY[table.frequency]}", "dct:Frequency"
        ),
        "dct:accessRights": _concept(f"{EU}/access-right/PUBLIC", "dct:RightsStatement"),
        "dct:provenance": {
            "@type": "dct:ProvenanceStatement",
            "rdfs:label": _text(_provenance(told), language),
        },
        "dcat:distribution": [_distribution(told, file.name) for file in told.data],
    }
    if language in LANGUAGE:
        dataset["dct:language"] = _concept(
            f"{EU}/language/{LANGUAGE[language]}", "dct:LinguisticSystem"
        )
    if table.keywords:
        dataset["dcat:keyword"] = [_text(word, language) for word in table.keywords]
    if told.first_at and told.last_at:
        dataset["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": told.first_at, "@type": "xsd:date"},
            "dcat:endDate": {"@value": told.last_at, "@type": "xsd:date"},
        }
    return dataset


def _distribution(told: Told, name: str) -> dict[str, Any]:
    file = next(one for one in told.data if one.name == name)
    found: dict[str, Any] = {
        "@id": told.address(f"#{name}"),
        "@type": "dcat:Distribution",
        "dct:title": _text(f"{told.table.title} ({FORMAT[name]})", told.table.language),
        "dcat:accessURL": _concept(told.address(), "rdfs:Resource"),
        "dcat:downloadURL": _concept(told.address(name), "rdfs:Resource"),
        "dcat:mediaType": _concept(
            f"https://www.iana.org/assignments/media-types/{MEDIA[name]}", "dct:MediaType"
        ),
        "dct:format": _concept(f"{EU}/file-type/{FORMAT[name]}", "dct:MediaTypeOrExtent"),
        "dct:license": {
            "@id": told.table.licence.url,
            "@type": "dct:LicenseDocument",
            "dct:title": told.table.licence.title,
        },
        "dct:issued": _moment(told),
        "dcat:byteSize": {"@value": str(file.bytes), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": _concept(
                "http://spdx.org/rdf/terms#checksumAlgorithm_sha256", "spdx:ChecksumAlgorithm"
            ),
            "spdx:checksumValue": {"@value": file.sha256, "@type": "xsd:hexBinary"},
        },
    }
    if name == CSV:
        found["dct:conformsTo"] = _concept("http://www.w3.org/TR/tabular-metadata/", "dct:Standard")
    return found


def _publisher(told: Told) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": "foaf:Agent", "foaf:name": told.table.publisher}
    if told.table.publisher_url:
        found["foaf:homepage"] = {
            "@id": told.table.publisher_url,
            "@type": "foaf:Document",
        }
    return found


def _provenance(told: Told) -> str:
    return (
        f"From deliveries of {', '.join(told.suppliers) or 'nobody yet'}; each, its files' "
        f"SHA-256 and the versions of contract and steps that worked it stand in {LINEAGE}."
    )


def _text(text: str, language: str) -> dict[str, str]:
    return {"@value": text, "@language": language}


def _moment(told: Told) -> dict[str, str]:
    return {"@value": f"{told.issued:%Y-%m-%dT%H:%M:%SZ}", "@type": "xsd:dateTime"}


def _concept(address: str, kind: str) -> dict[str, str]:
    return {"@id": address, "@type": kind}
