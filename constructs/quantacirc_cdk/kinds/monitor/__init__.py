"""Kind `monitor`: observes other components."""
