"""Common parts of the kinds that a cloud can manage; not a kind."""
