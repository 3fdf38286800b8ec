"""What each of the example systems is proved by."""
