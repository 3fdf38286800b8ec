"""Common parts of the kinds that run the system's own software; not a kind."""
