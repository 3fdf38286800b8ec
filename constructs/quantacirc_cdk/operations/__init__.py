"""Deploy an environment, roll it back and say how it is: what helm and kubectl need to know of it."""
