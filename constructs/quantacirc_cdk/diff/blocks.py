"""The findings of a report, folded: a change that many objects share, in several environments, is one block."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.diff.fields import FieldChange, Path
from quantacirc_cdk.diff.impact import Finding, Impact, Rule
from quantacirc_cdk.diff.report import ChangedObject, Report
from quantacirc_cdk.diff.values import changed

_HASH = re.compile(r"[0-9a-f]{12,}")
_IMAGE = re.compile(r"(?P<repository>[^\s@]+?)(?P<version>(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?)")
_CONTAINERS = ("containers", "initContainers")
_COMPARED = 1000
"""Characters of a value that decide whether two changes are the same."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field that changes in the same way in every object of a block."""

    path: Path
    """``*`` where the names of containers differ."""
    before: Any
    after: Any

    @property
    def name(self) -> str:
        """The path in dotted form."""
        return FieldChange(path=self.path, before=None, after=None, old={}, new={}).field


@dataclass(frozen=True, kw_only=True)
class Members:
    """Objects of one kind that change in the same places."""

    kind: str
    """Kind of objects, or type of resources."""
    names: tuple[str, ...]
    places: tuple[str, ...]
    side: str

    def __str__(self) -> str:
        """Return ``Kind name``, ``type.name``, or how many there are."""
        if len(self.names) > 1:
            plural = "es" if self.kind.endswith("s") else "s"
            named = self.kind if "_" in self.kind else re.sub("y$", "ie", self.kind) + plural
            return f"{len(self.names)} {named}"
        return f"{self.kind}{'.' if self.side == 'terraform' else ' '}{self.names[0]}"


@dataclass(frozen=True, kw_only=True)
class Block:
    """Fields that change with the same effect, and the objects in which they do."""

    action: str
    rule: Rule
    note: str
    members: tuple[Members, ...]
    fields: tuple[Field, ...]

    @property
    def impact(self) -> Impact:
        """The rule's class."""
        return self.rule.impact


def blocks(report: Report) -> list[Block]:
    """Return the findings of ``report`` as blocks, the worst first, whatever their environments."""
    found: dict[Any, list[tuple[ChangedObject, Finding]]] = defaultdict(list)
    for item in report.objects:
        for finding in item.findings:
            found[_shape(item, finding)].append((item, finding))
    merged: dict[Any, list[Field]] = defaultdict(list)
    rules: dict[Any, Finding] = {}
    for places in found.values():
        item, finding = places[0]
        members = _members(item for item, _ in places)
        key = (item.action, finding.rule.id, finding.rule.says, finding.note, members)
        rules.setdefault(key, finding)
        if finding.change.path:
            merged[key].append(_field([finding.change for _, finding in places]))
        else:
            merged[key] += []
    whole = _together(rules, merged)
    return sorted(whole, key=lambda block: (-list(Impact).index(block.impact), block.members[0].side))


def _together(rules: dict[Any, Finding], merged: dict[Any, list[Field]]) -> Iterable[Block]:
    """Make the blocks; objects that are added or removed with the same effect share one, whatever their kinds."""
    whole: dict[Any, list[Members]] = defaultdict(list)
    for key, fields in merged.items():
        action, _, _, note, members = key
        if fields:
            yield Block(action=action, rule=rules[key].rule, note=note, members=members, fields=tuple(fields))
        else:
            whole[key[:4]] += members
    by_shape = {key[:4]: finding for key, finding in rules.items()}
    for key, listed in whole.items():
        members = tuple(sorted(listed, key=lambda one: (one.places, one.kind)))
        yield Block(action=key[0], rule=by_shape[key].rule, note=key[3], members=members, fields=())


def _shape(item: ChangedObject, finding: Finding) -> Any:
    kind, _ = _split(item)
    change = finding.change
    if not change.path:
        return item.side, item.action, kind, finding.rule, finding.note
    shown = (_path(change.path), *_shown(*_values(change)))
    if (
        finding.impact == Impact.NO_OP and change.path[0] == "metadata"
    ):  # A new release changes a label of every object.
        return item.side, shown
    return item.side, item.action, kind, finding.rule, finding.note, shown


def _split(item: ChangedObject) -> tuple[str, str]:
    kind, _, name = item.name.rpartition(".") if item.side == "terraform" else item.name.partition(" ")
    return kind, name


def _path(path: Path) -> Path:
    return tuple("*" if before in _CONTAINERS else step for before, step in zip(("", *path), path, strict=False))


def _values(change: FieldChange) -> tuple[Any, Any]:
    """Return the values without what differs from object to object: a hash, the repository of a released image."""
    before, after = change.before, change.after
    if not isinstance(before, str) or not isinstance(after, str):
        return before, after
    if _HASH.fullmatch(before) and _HASH.fullmatch(after):
        return "a hash", "another"
    old, new = _IMAGE.fullmatch(before), _IMAGE.fullmatch(after)
    if change.path[-1] == "image" and old and new and old["repository"] == new["repository"]:
        return f"…{old['version']}", f"…{new['version']}"
    return before, after


def _shown(before: Any, after: Any) -> tuple[str, ...]:
    return tuple(changed(before, after, longest=_COMPARED))


def _field(changes: Sequence[FieldChange]) -> Field:
    """Return what changes; the values themselves where all objects have the same."""
    first = changes[0]
    same = {_shown(change.before, change.after) for change in changes}
    before, after = (first.before, first.after) if len(same) == 1 else _values(first)
    paths = {change.path for change in changes}
    return Field(path=first.path if len(paths) == 1 else _path(first.path), before=before, after=after)


def _members(items: Iterable[ChangedObject]) -> tuple[Members, ...]:
    places: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for item in items:
        places[(item.side, *_split(item))].add(item.place)
    named: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (side, kind, name), found in places.items():
        named[(side, kind, tuple(sorted(found)))].append(name)
    return tuple(
        Members(side=side, kind=kind, names=tuple(sorted(names)), places=found)
        for (side, kind, found), names in sorted(named.items())
    )
