"""Reads messages of a mailbox (IMAP) and their attachments; nothing in it is changed."""
