"""What a check found."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.doctor.program import Status


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Result of looking for a program, a library, or a requirement of a cluster."""

    name: str
    status: Status
    version: str = ""
    place: str = ""
    note: str = ""
    """Problem; empty if there is none."""
    get: str = ""
    """How to fix it; empty if there is no problem."""
    counts: bool = True
    """Whether the task requires it."""
    needed_by: Sequence[str] = ()
    """Components whose objects need it."""
