"""What kind of file it is, told from its first bytes and never from its name."""
