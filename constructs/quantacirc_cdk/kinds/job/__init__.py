"""Jobs: they run to their end."""
