"""The open API: tables published for everybody, over HTTP, for reading."""
