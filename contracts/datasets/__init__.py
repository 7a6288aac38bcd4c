"""What suppliers promise: one dataset contract a file, a Pandera model each.

Adding a dataset is adding a file here; see docs/add-a-dataset.md.
"""
