"""Scripts of jobs in the cluster, as files so that they can be linted and tested."""

from functools import cache
from importlib.resources import files


@cache
def script(name: str) -> str:
    """Return the text of a script in this folder."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
