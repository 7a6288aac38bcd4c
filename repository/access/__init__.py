"""Who may read what: one login and one schema of views a purpose, made from the agreements."""
