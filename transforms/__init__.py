"""HOW: what becomes of the values of a delivery, without knowing files or databases.

``steps`` are verbs over a frame, ``values`` turn a written value into a canonical one.
"""
