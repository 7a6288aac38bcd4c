"""Access databases in the child, by MDB Tools. ``database`` is the parser."""
