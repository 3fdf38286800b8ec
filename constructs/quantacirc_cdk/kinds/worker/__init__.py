"""Workers: they take tasks from a bus."""
