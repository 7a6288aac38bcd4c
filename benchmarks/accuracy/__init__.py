"""``make accuracy``: what is read right, wrong and not at all, against answers known beforehand.

One topic a module, each with ``tables() -> list[Table]``. Answers are examples by published
rules, what well-kept libraries say, registers, and the real files at ``../shared/real`` where they
are there.
"""
