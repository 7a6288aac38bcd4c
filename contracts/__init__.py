"""WHAT the parties promise: declarations and the few classes that give them their form.

Imports nothing else of ours; every other package may read from here.
"""
