"""WHERE: what is kept, in PostgreSQL and in the landing store, and who may read it.

Tables and migrations, loading, history, lineage, access by purpose.
"""
