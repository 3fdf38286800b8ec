"""Kind `daemon`: one pod on every node."""
