"""What came of restoring backups to try them."""
