"""Read pipelines back from what was written for each server, and run them without one."""
