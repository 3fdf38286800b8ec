"""Monitors: they watch the others."""
