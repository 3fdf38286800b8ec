"""Compose files: every string is interpolated (https://docs.docker.com/reference/compose-file/interpolation/)."""


def literal(text: str) -> str:
    """Return ``text`` such that Compose sees no variable in it."""
    return text.replace("$", "$$")


def variable(name: str) -> str:
    """Return a reference to a variable of whoever starts the project; empty text where it is not set."""
    return f"${{{name}:-}}"
