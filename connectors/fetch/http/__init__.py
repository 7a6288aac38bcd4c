"""What all places reached over HTTP share: logging in, asking, retrying, and where it may lead."""
