"""Kind `job`: runs to completion."""
