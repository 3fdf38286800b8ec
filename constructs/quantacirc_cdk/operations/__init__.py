"""Deploy an environment, roll it back, and say how it is: helm and kubectl, with the environment's rules around them."""
