"""Backups: the whole PostgreSQL cluster to any moment, the landed bytes, and apart from them keys.

In the order they are used: :mod:`~repository.backup.take` makes one,
:mod:`~repository.backup.ship` carries the log and landed bytes since,
:mod:`~repository.backup.verify` reads what is kept, :mod:`~repository.backup.restore` brings a
state folder back, :mod:`~repository.backup.prune` deletes what is no longer needed. At the place
of backups lies, below the cluster's system identifier,

- ``backups/<name>/base``, ``files``, ``landed`` and, last, ``manifest.json``;
- ``wal/<segment>``, the log;
- ``landed/<key>``, landed bytes, each once.

All but the manifests is encrypted (:mod:`~repository.backup.sealed`).
"""
