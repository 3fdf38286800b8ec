"""Write again only what an edit affects.

A unit is a part of the output, or the folders of one environment in a part that has folders for each. The record of an
output says for each unit which files a run wrote, what it passed to other parts (``handover.py``), and the state of all
inputs. A unit is kept if its inputs are unchanged, and if the output has exactly its files.

A unit depends on everything that the run read, except for the files of environments that have nothing to do with it,
and for Python that does not run for it. That is known only of the package's own apps and kinds: nobody sees what Python
of the project or of another package reads of the model, so such a unit depends on all files of ``apps/``.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from quantacirc_cdk.model import Environment, Project
from quantacirc_cdk.model.environment import ENVIRONMENTS_FOLDER
from quantacirc_cdk.synth.inputs import sources_hash, state_of, states_of
from quantacirc_cdk.synth.ownership import Listing, is_below, read_incomplete, read_listing, sha256
from quantacirc_cdk.synth.parts import PARTS, Part
from quantacirc_cdk.synth.records import Record
from quantacirc_cdk.synth.summary import Made, Unit

Chosen: TypeAlias = Mapping[Part, Sequence[str] | None]
"""Parts that run, each with its environments: None for all of them and what belongs to none."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The record of a unit, which is kept if it is still right."""

    files: Mapping[str, str]
    handed: Mapping[str, str]
    others: Mapping[str, str]
    """State of what it depends on, except for the sources, by the path relative to the project."""
    unrelated: Sequence[str]
    sources: str
    """Hash of the sources that it depends on."""

    def paths(self, root: Path) -> frozenset[str]:
        """Return the paths of ``others``, absolute."""
        return frozenset(os.path.normpath(root.absolute() / path) for path in self.others)


@dataclass(frozen=True, kw_only=True)
class Units:
    """The units of an output, and the project's files at the time when a run began."""

    root: Path
    out: Path
    sources: Mapping[str, str]
    """State of every file in ``apps/``."""
    record: Record

    def select(self, project: Project, asked: Chosen) -> tuple[Chosen, dict[Unit, Kept]]:
        """Return what must run of what is asked for, and the units that are kept instead."""
        known = {name: Kept(**entry) for name, entry in (self.record.content or {}).items()}
        if not known or read_incomplete(self.out):
            return asked, {}
        relations, there = Relations(project), _Present(self.root, self.out)
        runs: dict[Part, Sequence[str] | None] = {}
        kept: dict[Unit, Kept] = {}
        for part, names in asked.items():
            units = units_of(project, part, names)
            good = {
                unit: one
                for unit in units
                if (one := known.get("/".join(unit)))
                and one.sources == sources_hash(self.sources, relations.unrelated(part, unit[1]))
                and there.has(places_of(part, unit[1]), one)
            }
            stale = [name for _, name in units if name and (part.name, name) not in good]
            if len(good) == len(units) and not (names is None and there.more(part.name, good)):
                kept |= good
            elif (
                part.by_environment
                and len(stale) < len(project.environments)
                and relations.are_separate(part)
                and not (names is None and there.more(part.name, good, part.replaced(stale)))
            ):
                runs[part] = stale
                kept |= {unit: one for unit, one in good.items() if unit[1]}
            else:
                runs[part] = names
        return runs, kept

    def keep(self, made: Mapping[Unit, Made], before: frozenset[str], since: float) -> None:
        """Record what a run has made: ``before`` and ``since`` as in ``Cache.keep`` and ``states_of``."""
        reads = {one.read for one in made.values()}
        states = {read: states_of(self.root, self.out, read | before, since) for read in reads}
        found = {
            "/".join(unit): Kept(
                files=one.files,
                handed=one.handed,
                others=others,
                unrelated=sorted(one.unrelated),
                sources=sources_hash(self.sources, one.unrelated),
            )
            for unit, one in made.items()
            if (others := states[one.read]) is not None
        }
        if found:
            earlier = {
                name: entry
                for name, entry in (self.record.read() or {}).items()
                if name.endswith("/") or _file(name.rpartition("/")[2]) in self.sources
            }
            self.record.write(earlier | {name: asdict(one) for name, one in found.items()})


def made_by(
    project: Project,
    out: Path,
    runs: Chosen,
    kept: Mapping[Unit, Kept],
    reads: Mapping[str, frozenset[str] | None],
    listing: Listing,
    handed: Mapping[str, str],
) -> dict[Unit, Made]:
    """Return the units that the parts of a run have made, without those that a later run cannot keep.

    ``reads`` are the paths that each part has read, without those that have failed, and under the empty name those
    that the model was loaded from. ``listing`` has the files of the new output, ``handed`` what parts have passed on.
    """
    relations, below = Relations(project), names_by_place(listing)
    units = {unit: part for part, names in runs.items() for unit in units_of(project, part, names)}
    passed: dict[Unit, dict[str, str]] = {unit: {} for unit in (*units, *kept)}
    for name, text in handed.items():
        part, environment, *_ = *name.split("."), ""
        unit = (part, environment if (part, environment) in passed else "")
        if unit not in passed:
            return {}  # An app of the project has its own way to pass something on.
        passed[unit][name] = text
    whole = {part: _all_read(project, part, kept, reads) for part in runs}
    return {
        (part.name, environment): Made(
            files={
                name: digest
                for place in places_of(part, environment)
                for name in below.get(place, ())
                for digest in listing[name]
            },
            handed=passed[part.name, environment],
            read=read,
            unrelated=relations.unrelated(part, environment),
        )
        for (_, environment), part in units.items()
        if (read := whole[part]) is not None and not any(Path(path).is_relative_to(out.absolute()) for path in read)
    }


def _all_read(
    project: Project, part: Part, kept: Mapping[Unit, Kept], reads: Mapping[str, frozenset[str] | None]
) -> frozenset[str] | None:
    """Return the paths that a part and all that it reads depend on; None if one has failed, or depends on more."""
    found = [reads[""], *(one.paths(project.root) for (name, _), one in kept.items() if name == part.name)]
    if part.name in reads or len(found) == 1:
        found.append(reads.get(part.name))
    found += [_all_read(project, one, kept, reads) for one in PARTS if one.name in part.needs + part.takes]
    return None if None in found else frozenset().union(*filter(None, found))


class _Present:
    """The present output and inputs."""

    def __init__(self, root: Path, out: Path) -> None:
        self._root, self._out = root, out
        self._listing = read_listing(out)
        self._below = names_by_place(self._listing)
        self._states: dict[str, str | None] = {}

    def has(self, places: Sequence[str], unit: Kept) -> bool:
        """Return whether the output has exactly the files of a unit in its places, and the inputs are unchanged."""
        listed = {name: self._listing[name] for place in places for name in self._below.get(place, ())}
        return (
            listed == {name: frozenset([digest]) for name, digest in unit.files.items()}
            and all(self._state(path) == state for path, state in unit.others.items())
            and all(sha256(self._out / name) == digest for name, digest in unit.files.items())
        )

    def more(self, part: str, units: Mapping[Unit, Kept], replaced: Sequence[str] = ()) -> bool:
        """Return whether the output has files of a part that are neither in these units nor in ``replaced``."""
        files = {name for one in units.values() for name in one.files}
        return any(name not in files and not is_below(name, replaced) for name in self._below.get(part, ()))

    def _state(self, path: str) -> str | None:
        if path not in self._states:
            self._states[path] = state_of(self._root / path, self._out)
        return self._states[path]


def units_of(project: Project, part: Part, names: Sequence[str] | None) -> list[Unit]:
    """Return the units of a part that runs for some environments, or for all."""
    separate = list(project.environments if names is None else names) if part.by_environment else []
    common = [""] if part.whole else []
    return [(part.name, name) for name in (*separate, *common)]


def places_of(part: Part, environment: str) -> list[str]:
    """Return the files and folders of a unit, relative to the output."""
    if not part.by_environment:
        return [part.name]
    shared = [f"{part.name}/{place}" for place in part.shared]
    return [place for place in part.replaced([environment]) if place not in shared] if environment else shared


def names_by_place(listing: Listing) -> dict[str, list[str]]:
    """Return the names of a listing by their own paths and those of all folders above."""
    found: dict[str, list[str]] = {}
    for name in listing:
        place = name
        while place:
            found.setdefault(place, []).append(name)
            place = place.rpartition("/")[0]
    return found


class Relations:
    """What the units of a project depend on."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._separate: dict[Part, bool] = {}

    def unrelated(self, part: Part, environment: str) -> frozenset[str]:
        """Return what a unit does not depend on, as in ``Made.unrelated``."""
        if not self.are_separate(part):
            return frozenset()
        environments = self._project.environments
        if environment:
            names = [environment]
        elif part.by_environment:  # What it has of an environment changes only with that environment's unit.
            names = []
        else:
            names = list(environments)
        related = {
            base
            for name in names
            if not part.target or (part.target == "local") == (environments[name].cloud is None)
            for base in with_bases(self._project, environments[name])
        }
        return frozenset({".py", *(_file(name) for name in environments.keys() - related)})

    def are_separate(self, part: Part) -> bool:
        """Return whether only apps and kinds of this package make a part and those that it reads."""
        if part not in self._separate:
            sources = [one for one in PARTS if one.name in part.needs + part.takes]
            self._separate[part] = (
                part.is_built_in(self._project.root)
                and self._project.has_known_kinds
                and all(map(self.are_separate, sources))
            )
        return self._separate[part]


def with_bases(project: Project, environment: Environment) -> set[str]:
    """Return the names of an environment and of all that it extends."""
    base = project.environments.get(environment.extends) if environment.extends else None
    return {environment.name} | (with_bases(project, base) if base else set())


def _file(environment: str) -> str:
    return os.fspath(ENVIRONMENTS_FOLDER / f"{environment}.yaml")
