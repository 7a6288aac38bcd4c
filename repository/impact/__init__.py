"""What of the repository depends on a file, a feed, a column or a code: counts and places."""
