"""OpenLineage events of every run: what was read, what was written, how, how good, and whose it is.

Events hold what is declared (contracts, agreements, feeds), counts, and codes of the issue
catalogue: never a value of a row, a supplier's file name, a header nobody declared, or a message
that quotes any of them. docs/lineage.md says what is told and what is not.
"""
