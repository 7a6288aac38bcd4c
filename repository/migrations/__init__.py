"""Migrations of the operations tables (Alembic); entity tables follow their contracts."""
