"""Result of a run of the generators."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from quantacirc_cdk.errors import QuantacircError

Unit: TypeAlias = tuple[str, str]
"""Name of a part and of an environment; an empty name for what belongs to no single environment."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a run wrote in a unit of the output."""

    files: Mapping[str, str]
    """Hash of each file by its path relative to the output."""
    handed: Mapping[str, str]
    """What it passed to other parts, by name."""
    read: frozenset[str]
    """Absolute paths that it, and the parts that it reads, have read."""
    unrelated: frozenset[str]
    """Files of the sources that it does not depend on: paths relative to the project, or endings such as ``.py``."""


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
    made: Callable[[], Mapping[Unit, Made]] = dict
    """Returns what it wrote, without the units that it kept or cannot say this of."""
