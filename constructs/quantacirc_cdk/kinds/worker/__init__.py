"""Kind `worker`: takes tasks from a bus."""
