"""Kind `service`: serves HTTP."""
