"""What the tests of the container images share: real servers, and a workshop that builds and runs images."""
