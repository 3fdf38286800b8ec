"""Stateful components: anybody's image with names and volumes for its pods."""
