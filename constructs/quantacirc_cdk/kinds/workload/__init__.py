"""What the kinds that run the software of the system have in common; no kind itself."""
