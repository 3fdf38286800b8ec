"""Charts: somebody else's software, delivered beside the system."""
