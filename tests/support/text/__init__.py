"""What the tests of texts share: hostile texts, and the readers of each language."""
