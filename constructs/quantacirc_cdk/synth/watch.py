"""Synthesize again whenever an input changes, first the manifests of the environments that the change affects."""

import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from quantacirc_cdk.model import Project, load_project
from quantacirc_cdk.model.environment import ENVIRONMENTS_FOLDER
from quantacirc_cdk.model.loader import loaded_once
from quantacirc_cdk.synth.cache import Cache
from quantacirc_cdk.synth.inputs import SOURCES, files_below, names_in
from quantacirc_cdk.synth.parts import PARTS
from quantacirc_cdk.synth.recording import recording
from quantacirc_cdk.synth.runner import Listener, synthesize
from quantacirc_cdk.synth.summary import Summary
from quantacirc_cdk.synth.units import with_bases
from quantacirc_cdk.synth.warm import WarmApp

PAUSE = 0.02
"""Seconds between two looks at the inputs."""
SETTLED = 0.01
"""Seconds without a further change, after which a change is complete."""

_MANIFESTS = next(part for part in PARTS if part.name == "kubernetes")

State = tuple[int | str, ...]
"""Time, size and inode of a file, or the names in a folder."""


@dataclass(kw_only=True)
class Watch:
    """The inputs of a project and the runs that follow their changes."""

    root: Path
    out: Path
    environments: Sequence[str] = ()
    only: Sequence[str] = ()
    listener: Listener = lambda _: None
    _states: dict[Path, State | None] = field(default_factory=dict, init=False)
    _read: frozenset[Path] = field(default_factory=frozenset, init=False)
    """Inputs outside ``apps/``, of the last run that succeeded."""
    _before: frozenset[str] | None = field(default=frozenset(), init=False)
    """What this process has read in earlier runs, and may remember; None if it depends on more than files."""
    _surroundings: Mapping[str, object] = field(default_factory=dict, init=False)
    _warm: WarmApp | None = field(default=None, init=False)

    def first(self) -> Iterator[Summary]:
        """Run everything, and get ready for changes. Yields the result; raises as ``synthesize`` does."""
        self._states = self._look()
        self._surroundings = self._cache().surroundings
        yield self._everything()

    def wait(self, pause: Callable[[float], None] = time.sleep) -> list[Path]:
        """Return the inputs that have changed since the last run, as soon as there are any."""
        if self._warm:
            self._warm.rest()
        before = now = self._states
        while now == before or now != self._states:  # While it changes, an editor or Git is still writing.
            pause(PAUSE if now == before else SETTLED)
            self._states = now
            now = self._look()
        return sorted(path for path in {*before, *now} if before.get(path) != now.get(path))

    def follow(self, changed: Sequence[Path]) -> Iterator[Summary]:
        """Run what a change affects: the manifests of its environments, then everything. Yields the result of each."""
        if self._writes_manifests:
            cache = self._cache()
            with recording() as planning:
                project = load_project(self.root)
            names = affected(project, changed)
            if wanted := [name for name in names if not self.environments or name in self.environments]:
                summary = self._manifests(project, wanted)
                yield summary
                self._remember(planning.read)
                self._remember(summary.read)
                if self._before is not None and self._can_keep(cache):
                    cache.keep_units(summary, self._before)
        yield self._everything()

    def stop(self) -> None:
        """End the processes that wait for changes."""
        if self._warm:
            self._warm.stop()
            self._warm = None

    def _manifests(self, project: Project, names: list[str]) -> Summary:
        self._warm = self._warm or WarmApp(_MANIFESTS.file(self.root), self.root)
        run = partial(self._warm, project=project if project.has_known_kinds else None)
        with loaded_once(project):
            return synthesize(
                self.root,
                out=self.out,
                environments=names,
                only=[_MANIFESTS.name],
                listener=self.listener,
                run=run,
            )

    def _everything(self) -> Summary:
        cache = self._cache()
        summary = synthesize(
            self.root,
            out=self.out,
            environments=self.environments,
            only=self.only,
            listener=self.listener,
            units=cache.units if (records := self._can_keep(cache)) else None,
        )
        self._remember(summary.read)
        if self._before is not None and records:
            cache.keep(summary, self._before)
        below = self.root / SOURCES
        read = map(Path, summary.read or ())
        self._read = frozenset(path for path in read if not path.is_relative_to(below))
        for path in self._read - self._states.keys():
            self._states[path] = self._state(path)
        if self._writes_manifests:
            self._warm = self._warm or WarmApp(_MANIFESTS.file(self.root), self.root)
        return summary

    def _cache(self) -> Cache:
        """Return the records for a run, with the inputs of this moment."""
        cache = Cache(root=self.root, out=self.out, environments=self.environments, only=self.only)
        cache.begin()
        return cache

    def _can_keep(self, cache: Cache) -> bool:
        """Return whether the package and what else runs depend on is as it was when this process imported it."""
        return cache.surroundings == self._surroundings

    def _remember(self, read: frozenset[str] | None) -> None:
        self._before = None if self._before is None or read is None else self._before | read

    @property
    def _writes_manifests(self) -> bool:
        return not self.only or _MANIFESTS.name in self.only

    def _look(self) -> dict[Path, State | None]:
        found = {path: self._state(path) for path in self._read}
        with suppress(OSError):  # A folder that was removed meanwhile.
            found |= {Path(entry.path): self._state(Path(entry.path)) for entry in files_below(self.root / SOURCES)}
        return found

    def _state(self, path: Path) -> State | None:
        try:
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                return tuple(names_in(path, self.out))
        except OSError:
            return None
        return (status.st_mtime_ns, status.st_size, status.st_ino)


def affected(project: Project, changed: Iterable[Path]) -> list[str]:
    """Return the environments whose files have changed, or those of an environment that they extend.

    Returns none if another file has changed, because that can affect everything.
    """
    folder, names = project.root / ENVIRONMENTS_FOLDER, set()
    for path in changed:
        if path.parent != folder or path.suffix != ".yaml" or path.stem not in project.environments:
            return []
        names.add(path.stem)
    return [name for name, one in project.environments.items() if names & with_bases(project, one)]
