"""Exchange of contracts in the Open Data Contract Standard (Bitol, Linux Foundation; v3.1.0).

``export`` and ``feed`` write documents, ``read`` and ``module`` turn a document into a Python
module, ``published`` keeps what was last promised. See docs/contracts.md.
"""
