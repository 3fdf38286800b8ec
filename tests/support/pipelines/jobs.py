"""What a job is, read back from any of the three dialects, to compare and to run."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Script:
    """Some bash with its label."""

    label: str
    text: str


@dataclass(frozen=True)
class ReadJob:
    """A job as its server understands it; a matrix is one job for each of its cells."""

    name: str
    condition: str
    """``always``, ``pull-request``, ``default-branch`` or ``schedule``."""
    waits_for: frozenset[str]
    """Names of the jobs that must have succeeded before it starts."""
    scripts: tuple[Script, ...]
    on_failure: tuple[Script, ...] = ()
    cleanup: tuple[Script, ...] = ()
    """What runs at the end, also when ``on_failure`` failed."""
    approval: bool = False
    environment: str | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Environment variables with values."""
    asked: frozenset[str] = frozenset()
    """Environment variables that people set on the server."""
    tokens: frozenset[str] = frozenset()
    """Variables that hold a secret, or name the file of one."""
    takes: frozenset[str] = frozenset()
    """Artifacts of other jobs, by name; on GitLab by path."""
    gives: frozenset[str] = frozenset()
    """Paths of artifacts."""
    minutes: int = 0
    comments: bool = False
    paths: frozenset[str] = frozenset()
    """Globs of the files without whose change it does not run."""
    issue: str = ""
    """Title of the issue that it opens."""
    lock: str = ""
    """What it holds alone."""


def clean(text: str) -> str:
    """Return a script without what each dialect puts before it, or before its last command."""
    lines = text.rstrip().splitlines()
    while lines and (lines[0].startswith(("#", "set -")) or not lines[0]):
        del lines[0]
    return "\n".join(line.removeprefix("exec ") for line in lines)
