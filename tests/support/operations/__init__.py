"""A bakery that is deployed to the fake cluster with the real helm and kubectl."""
