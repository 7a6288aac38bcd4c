"""Several feeds that speak of one thing: whose value counts, and where they differ."""
