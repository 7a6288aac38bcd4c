"""WAY: the journeys of a delivery, each a list of steps that reads aloud.

Joins the wings, left to right: connectors, transforms, repository.
"""
