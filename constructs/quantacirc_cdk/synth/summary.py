"""What a run of the generators reports."""

from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.errors import QuantacircError


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a run wrote."""

    out: Path
    files: dict[str, int]
    """Number of files by part."""
    changed: list[str]
    """Files that differ from before, relative to ``out``, sorted."""
    edited: list[str]
    """Those of them that held something that no run wrote."""
    left_out: list[str]
    """What an output cannot carry, a sentence each."""
    failed: dict[str, QuantacircError]
    """By part, why it could not be written; what an earlier run wrote of it is still there."""
    seconds: float
    read: frozenset[str] | None = frozenset()
    """Absolute paths of the files and folders that the run read, without those of installed packages; None when an app
    did what no later run can compare: it started a program, or opened a connection."""
