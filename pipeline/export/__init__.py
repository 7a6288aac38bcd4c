"""Ways out of the repository: a table as a file, read as the analysts of a purpose read it."""

from pipeline.export.exporting import Exported, ExportRefused, export
from pipeline.export.request import Request, UnusableRequest

__all__ = ["ExportRefused", "Exported", "Request", "UnusableRequest", "export"]
