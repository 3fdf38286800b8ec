"""Daemons: one pod on every node."""
