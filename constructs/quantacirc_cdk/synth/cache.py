"""Detect that nothing has changed since a run, so that the next one can be skipped.

A run writes a record to the user's cache folder. Its name is a hash of the request, the project's ``apps/`` folder, the
versions of all installed packages, and the relevant environment variables. It lists what else the run read, and the
hash of the marker in the output. A run is skipped if there is a record of the request, the listed files are unchanged,
and the output contains exactly the files of its marker. A second record says what each unit of the output depends on
(``units.py``).
"""

import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.synth.inputs import files_below, sources_hash, sources_of, state_of, states_of
from quantacirc_cdk.synth.ownership import MARKER, read_incomplete, read_listing, sha256
from quantacirc_cdk.synth.records import Record, records_folder, text_hash
from quantacirc_cdk.synth.summary import Summary

if TYPE_CHECKING:
    from quantacirc_cdk.synth.units import Units

PACKAGE = Path(__file__).resolve().parents[1]
_FORMAT = 2
_KEPT = 100
"""Maximum number of records of requests."""
_OUTPUTS_KEPT = 10
"""Maximum number of records of outputs, which are larger: some megabytes each."""
_OWN = ("CDK8S_", "CDKTF_", "JSII_", "NODE_", "PYTHON", "QCDK_")
"""Prefixes of the environment variables that the package and its engines read; an app of the project can read any."""
_OF_A_TERMINAL = frozenset("_ COLORTERM COLUMNS LINES OLDPWD PWD SHLVL TERM WINDOWID QCDK_CACHE_DIR QCDK_DEBUG".split())
"""Variables that differ between terminals or calls."""


@dataclass(frozen=True, kw_only=True)
class Cache:
    """The records of a request: the project, output, environments and parts.

    They are about the inputs at the time of ``begin``, or when ``units`` or ``unchanged`` is first used. That must be
    before the run.
    """

    root: Path
    out: Path
    environments: Sequence[str] = ()
    only: Sequence[str] = ()

    def unchanged(self) -> Summary | None:
        """Return the result of a run that would change nothing; None if a run is necessary."""
        began = time.monotonic()
        record = self._record.read() if self._record else None
        if record is None or not self._is_current(record):
            return None
        return Summary(
            out=self.out,
            files=record["files"],
            changed=[],
            edited=[],
            left_out=record["left_out"],
            failed={},
            seconds=time.monotonic() - began,
        )

    @cached_property
    def units(self) -> "Units | None":
        """What the units of the output depend on; None if no records are kept."""
        from quantacirc_cdk.synth.units import Units

        if self._of_the_output is None or self._sources is None:
            return None
        return Units(root=self.root, out=self.out, sources=self._sources, record=self._of_the_output)

    def keep(self, summary: Summary, before: frozenset[str] = frozenset()) -> None:
        """Record a run of this request; only its units if a part has failed.

        ``before`` are paths that this process has read before the run, and may remember.
        """
        self.keep_units(summary, before)
        if self._record is None or self._changed or summary.failed or summary.read is None:
            return
        others = states_of(self.root, self.out, summary.read | before, self._start[1])
        if others is not None:
            marker = sha256(self.out / MARKER)
            self._record.write(
                {"others": others, "marker": marker, "files": summary.files, "left_out": summary.left_out}
            )

    def affected_parts(self) -> set[str] | None:
        """Return the parts with units that a change of the sources affects, without loading the model; None if unknown.

        A guess from what they depended on before: ``Units.select`` knows.
        """
        units = self._of_the_output.content if self._of_the_output else None
        if not units or self._sources is None:
            return None
        return {
            name.partition("/")[0]
            for name, unit in units.items()
            if unit["sources"] != sources_hash(self._sources, unit["unrelated"])
        } or None

    def keep_units(self, summary: Summary, before: frozenset[str] = frozenset()) -> None:
        """Record the units of a run of this request, or of a narrower one."""
        if self.units and not self._changed:
            self.units.keep(summary.made(), before, self._start[1])

    @property
    def _changed(self) -> bool:
        """Whether a file in ``apps/`` has changed since this was created."""
        return self._sources != sources_of(self.root)

    @cached_property
    def _of_the_output(self) -> Record | None:
        folder = records_folder()
        if folder is None or self._sources is None:
            return None
        return Record(file=folder / "outputs" / f"{_key(self.surroundings)}.json", kept=_OUTPUTS_KEPT)

    @cached_property
    def _record(self) -> Record | None:
        folder = records_folder()
        if folder is None or self._sources is None:
            return None
        asked = {
            **self.surroundings,
            "environments": sorted(set(self.environments)),
            "only": sorted(set(self.only)),
            "sources": self._sources,
        }
        return Record(file=folder / f"{_key(asked)}.json", kept=_KEPT)

    def begin(self) -> None:
        """Look at the project's files, unless that has happened."""
        _ = self._start

    @property
    def _sources(self) -> dict[str, str] | None:
        return self._start[0]

    @cached_property
    def _start(self) -> tuple[dict[str, str] | None, float]:
        """The state of the sources, and the Unix timestamp before."""
        now = time.time()
        return sources_of(self.root), now

    @cached_property
    def surroundings(self) -> dict[str, Any]:
        """What every run depends on, beside the files that it reads."""
        own_python = any((self.root / "apps").rglob("*.py"))
        variables = {
            name: text
            for name, text in os.environ.items()
            if (own_python or name.startswith(_OWN)) and name not in _OF_A_TERMINAL
        }
        return {
            "format": _FORMAT,
            "root": str(self.root.resolve()),
            "out": os.path.relpath(self.out, self.root),
            "folder": os.path.relpath(Path.cwd(), self.root),
            "variables": variables,
            "python": [sys.version, platform.platform()],
            "installed": _installed(),
            "package": _stamps(PACKAGE),
            "provider schemas": [state_of(folder / "provider-schemas") for folder in (self.root, Path.cwd())],
        }

    def _is_current(self, record: Mapping[str, Any]) -> bool:
        return (
            record["marker"] == sha256(self.out / MARKER)
            and all(state_of(self.root / path, self.out) == state for path, state in record["others"].items())
            and not read_incomplete(self.out)
            and all(sha256(self.out / name) in digests for name, digests in read_listing(self.out).items())
        )


def _key(facts: Mapping[str, Any]) -> str:
    return text_hash(json.dumps(facts, sort_keys=True))


def _installed() -> list[str]:
    """Return the names and versions of all installed packages, from the names of their metadata."""
    found: set[str] = set()
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or ".") as entries:
            found.update(entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    return sorted(found)


def _stamps(folder: Path) -> str:
    """Return a hash of the size and time of every file below a folder, because reading the files would be slow."""
    found = hashlib.sha256()
    for entry in files_below(folder):
        status = entry.stat()
        found.update(f"{entry.path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return found.hexdigest()
