"""Deploy an environment, roll it back, and check its health, with helm and kubectl."""
