"""The tables everybody may read: their views and login, what is redacted in them, their rows."""
