"""What the kinds that a cloud may manage have in common; no kind itself."""
