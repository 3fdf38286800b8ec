"""What the tests of the comparison share."""
