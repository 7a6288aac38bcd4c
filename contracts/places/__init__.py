"""Where deliveries are found: one file for each kind of place. Addresses and credentials are the
connection's (``connectors.connection``), never the place's."""

from typing import Annotated

from pydantic import Field

from contracts.places.api import Api
from contracts.places.database import Database
from contracts.places.files import Files
from contracts.places.folder import Folder
from contracts.places.http_file import HttpFile
from contracts.places.mail import Mail
from contracts.places.odata import OData
from contracts.places.s3 import S3
from contracts.places.sftp import Sftp
from contracts.places.smb import Smb

Place = Annotated[
    Folder | Smb | Sftp | S3 | Mail | HttpFile | Api | OData | Database,
    Field(discriminator="kind"),
]

PLACE_WORDS = {
    "folder": "a folder or mounted share",
    "smb": "a share (SMB)",
    "sftp": "an SFTP server",
    "s3": "an object store (S3)",
    "mail": "a mailbox (IMAP)",
    "http": "a file over HTTP",
    "api": "an interface (HTTP)",
    "odata": "an OData service",
    "database": "a database",
}
"""Kind of place to its name for people."""

__all__ = [
    "PLACE_WORDS",
    "S3",
    "Api",
    "Database",
    "Files",
    "Folder",
    "HttpFile",
    "Mail",
    "OData",
    "Place",
    "Sftp",
    "Smb",
]
