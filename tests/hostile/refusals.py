"""Codes of refusals; of several that may be said of a text any is right."""

UNDECIDED = ("encoding-undecided", "delimiter-undecided", "encoding-mixed", "encoding-wrong")
KIND = "file-kind-unknown"
JSON = ("json-damaged", "json-without-records", "file-too-demanding")
XML = ("xml-damaged", "xml-unsafe", "xml-without-records", "file-too-demanding")
DAMAGED = ("file-damaged", "file-too-demanding")
