"""What delivered files look like inside: one file for each form. What is not declared must be
provable from the bytes."""

from typing import Annotated

from pydantic import Field

from contracts.file_forms.access import Access
from contracts.file_forms.copybook import Copybook
from contracts.file_forms.dbf import Dbf
from contracts.file_forms.delimited import Delimited
from contracts.file_forms.fixed_width import Field_, FixedWidth
from contracts.file_forms.form import Form
from contracts.file_forms.html import Html
from contracts.file_forms.json_records import Json, JsonLines
from contracts.file_forms.parquet import Parquet
from contracts.file_forms.statistics import Statistics
from contracts.file_forms.workbook import Workbook
from contracts.file_forms.xml_records import Xml

FileForm = Annotated[
    Delimited
    | FixedWidth
    | Copybook
    | Dbf
    | Access
    | Workbook
    | Xml
    | Json
    | JsonLines
    | Statistics
    | Parquet
    | Html,
    Field(discriminator="format"),
]

FORM_WORDS = {
    "delimited": "delimited text",
    "fixed-width": "fixed-width records",
    "copybook": "records by a COBOL copybook",
    "dbf": "dBASE tables",
    "access": "Microsoft Access databases",
    "workbook": "workbooks",
    "xml": "XML",
    "json": "JSON",
    "json-lines": "JSON lines",
    "statistics": "files of SPSS, SAS or Stata",
    "parquet": "Parquet",
    "html": "tables of web pages",
}
"""Form of files to its name for people."""

__all__ = [
    "FORM_WORDS",
    "Access",
    "Copybook",
    "Dbf",
    "Delimited",
    "Field_",
    "FileForm",
    "FixedWidth",
    "Form",
    "Html",
    "Json",
    "JsonLines",
    "Parquet",
    "Statistics",
    "Workbook",
    "Xml",
]
