"""Scripts of services, as files so that they can be linted and tested."""

from importlib.resources import files


def script(name: str) -> str:
    """Return the text of a script in this folder."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
