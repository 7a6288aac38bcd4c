"""What changed between two versions of a contract, and whom it breaks.

Works on documents of the Open Data Contract Standard, so that a published file, a file of a
revision and the present contract compare alike. See docs/contracts.md.
"""
