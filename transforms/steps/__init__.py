"""The steps of a delivery between its bytes and its loading, one verb a file.

A step takes frame and contract, and gives frame and issues.
"""
