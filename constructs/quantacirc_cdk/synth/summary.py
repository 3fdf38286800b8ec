"""Result of a run of the generators."""

from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.errors import QuantacircError


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Result of a run."""

    out: Path
    files: dict[str, int]
    """Number of files by part."""
    changed: list[str]
    """Changed files, relative to ``out``, sorted."""
    edited: list[str]
    """Changed files with content that no run wrote."""
    left_out: list[str]
    """Features that an output cannot represent, a sentence each."""
    failed: dict[str, QuantacircError]
    """Error of each part that could not be written; its files from an earlier run are kept."""
    seconds: float
    read: frozenset[str] | None = frozenset()
    """Absolute paths of the files and folders that the run read, without those of installed packages. None if an app
    started a program or opened a connection, because a later run cannot compare the result.
    """
