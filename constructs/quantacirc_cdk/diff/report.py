"""Comparison of two outputs: the manifests and stacks of every environment."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from quantacirc_cdk.diff import chart_rules, delivery_rules, lock_rules
from quantacirc_cdk.diff.fields import Json, in_form
from quantacirc_cdk.diff.impact import Finding, Impact
from quantacirc_cdk.diff.kubernetes import OwnRules, compare_objects
from quantacirc_cdk.diff.source import CHARTS, DELIVERY, KARPENTER, Files
from quantacirc_cdk.diff.terraform import compare_stacks
from quantacirc_cdk.errors import OutputError, Problem, nearest
from quantacirc_cdk.provider_locks.lock_file import LOCK_FILE, LockedProvider, read_lock
from quantacirc_cdk.reading import parse_json
from quantacirc_cdk.text.english import counted

CLOUDS = ("aws", "gcp", "azure", "local")


@dataclass(frozen=True, kw_only=True)
class ChangedObject:
    """An object or resource that differs."""

    side: Literal["kubernetes", "terraform"]
    place: str
    """Environment, or stack."""
    name: str
    """``Kind name``, or ``type.name``."""
    findings: Sequence[Finding]

    @property
    def action(self) -> Literal["added", "removed", "changed"]:
        """Whether it was added, removed or changed."""
        whole = [finding.change for finding in self.findings if not finding.change.path]
        if whole and whole[0].added:
            return "added"
        return "removed" if whole and whole[0].removed else "changed"

    @property
    def impact(self) -> Impact:
        """The worst impact of its changes."""
        return max(finding.impact for finding in self.findings)


@dataclass(frozen=True, kw_only=True)
class Report:
    """All differences, the worst first."""

    before: str
    after: str
    objects: Sequence[ChangedObject]
    new: Collection[tuple[str, str]] = ()
    """Side and place of each environment and stack that did not exist before."""

    @property
    def impact(self) -> Impact:
        """The worst impact of all; ``NO_OP`` without differences."""
        return max((item.impact for item in self.objects), default=Impact.NO_OP)

    def reaching(self, impacts: Sequence[Impact]) -> list[ChangedObject]:
        """Return the objects with a change of one of these classes."""
        return [item for item in self.objects if {finding.impact for finding in item.findings} & set(impacts)]


def compare_outputs(
    before: Files,
    after: Files,
    *,
    names: tuple[str, str] = ("before", "after"),
    environments: Sequence[str] = (),
    own: OwnRules = MappingProxyType({}),
) -> Report:
    """Compare two outputs. ``environments`` restricts the comparison; each must exist in one of the outputs.

    ``own`` contains the rules of the kinds of components for their objects. Raises ``OutputError`` for an environment
    in neither output, and for a file that cannot be read.
    """
    old = dict(_places(before))
    places = {place: name for files in (before, after) for place, name in _places(files)}
    known = {_environment(place) for place in places}
    problems = [
        Problem(what=f'no environment "{name}" in the output', expected=nearest(name, known))
        for name in environments if name not in known
    ]  # fmt: skip
    if problems:
        raise OutputError(problems)
    found: list[ChangedObject] = []
    for place in sorted(places):
        if not environments or _environment(place) in environments:
            with in_form(place):
                found += _compare_place(place, before, after, names, own)
    return Report(
        before=names[0],
        after=names[1],
        new={(place.partition("/")[0], name) for place, name in places.items() if place not in old},
        objects=sorted(found, key=lambda item: (item.side, item.place, -list(Impact).index(item.impact), item.name)),
    )


def _places(files: Files) -> Iterator[tuple[str, str]]:
    """Yield the compared folders, each with the name of its environment or stack."""
    for path in files:
        parts = path.split("/")
        if parts[0] == "kubernetes" and len(parts) > 2:
            yield f"kubernetes/{parts[1]}", parts[1]
        elif parts[:2] == ["terraform", "stacks"] and len(parts) > 3:
            yield f"terraform/stacks/{parts[2]}", parts[2]


def environment_of(side: str, place: str) -> str:
    """Return the environment of a folder of manifests or of a stack: that of ``prod-aws`` is ``prod``."""
    stem, _, cloud = place.removesuffix("-bootstrap").rpartition("-")
    return stem if side == "terraform" and cloud in CLOUDS else place


def _environment(place: str) -> str:
    return environment_of(place.partition("/")[0], place.rpartition("/")[2])


def _compare_place(
    place: str, before: Files, after: Files, names: tuple[str, str], own: OwnRules
) -> Iterator[ChangedObject]:
    others = [one.format(environment=place.removeprefix("kubernetes/")) for one in (CHARTS, DELIVERY, KARPENTER)]
    old, new = (
        {path: text for path, text in files.items() if path.startswith(f"{place}/") or path in others}
        for files in (before, after)
    )
    if old == new:
        return
    name = place.rpartition("/")[2]
    if not any(path.startswith(f"{place}/") for path in new):
        yield _left(place, name, old, names[0])
    elif place.startswith("kubernetes/"):
        former = [*_manifests(old, names[0]), *_charts(old, name, names[0])]
        latter = [*_manifests(new, names[1]), *_charts(new, name, names[1])]
        path = DELIVERY.format(environment=name)
        if path in old and path in new:
            former.append(_delivery(old, name, path, names[0]))
            latter.append(_delivery(new, name, path, names[1]))
        objects = compare_objects(former, latter, own)
        for key, findings in objects.items():
            yield ChangedObject(side="kubernetes", place=name, name=str(key), findings=findings)
    else:
        stacks = _stack(old, place, names[0]), _stack(new, place, names[1])
        for address, findings in compare_stacks(*stacks).items():
            yield ChangedObject(side="terraform", place=name, name=str(address), findings=findings)
        for provider, findings in lock_rules.compare_locks(_lock(old, place), _lock(new, place), *stacks):
            yield ChangedObject(side="terraform", place=name, name=f"lock.{provider}", findings=findings)


def _left(place: str, name: str, files: Files, side: str) -> ChangedObject:
    """Return an environment or stack that stays although its files are gone."""
    if place.startswith("kubernetes/"):
        note = counted(len(_manifests(files, side)), "object")
        findings = [delivery_rules.left(delivery_rules.ENVIRONMENT_LEFT, {"kind": "Environment"}, note)]
        return ChangedObject(side="kubernetes", place=name, name=f"Environment {name}", findings=findings)
    note = delivery_rules.resources_left(_stack(files, place, side))
    findings = [delivery_rules.left(delivery_rules.STACK_LEFT, {"kind": "stack"}, note)]
    return ChangedObject(side="terraform", place=name, name=f"stack.{name}", findings=findings)


def _delivery(files: Files, environment: str, path: str, side: str) -> Json:
    try:
        return delivery_rules.delivery(environment, files[path].decode())
    except ValueError as error:
        raise OutputError(Problem(file=path, what=f"no shell assignments in {side}: {error}")) from None


def _manifests(files: Files, side: str) -> list[Json]:
    import yaml

    from quantacirc_cdk.manifests import documents, problem_of

    found: list[Json] = []
    for path, text in files.items():
        if not path.endswith((".yaml", ".yml")) or path.endswith(CHARTS.partition("}")[2]):
            continue
        try:
            items = documents(text)
        except yaml.YAMLError as error:
            raise OutputError(problem_of(error, path, side)) from None
        for item in items:
            if isinstance(item, dict) and item.get("kind") == "List":
                found += [inner for inner in item.get("items") or [] if isinstance(inner, dict)]
            elif isinstance(item, dict):
                found.append(item)
            else:
                raise OutputError(Problem(file=path, what=f"not a Kubernetes object in {side}", expected="a mapping"))
        if not all(isinstance(item.get("metadata") or {}, dict) for item in found):
            what = f"not a Kubernetes object in {side}"
            raise OutputError(Problem(file=path, key="metadata", what=what, expected="a mapping"))
    return found


def _charts(files: Files, environment: str, side: str) -> list[Json]:
    """Return the third-party charts of an environment as objects."""
    import yaml

    from quantacirc_cdk.manifests import documents, problem_of

    path = CHARTS.format(environment=environment)
    try:
        (found,) = documents(files[path]) if path in files else ({},)
    except yaml.YAMLError as error:
        raise OutputError(problem_of(error, path, side)) from None
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(chart, dict) for chart in found.values()):
        raise OutputError(Problem(file=path, what=f"not charts in {side}", expected="a mapping of charts by name"))
    return chart_rules.releases(found)


def _lock(files: Files, place: str) -> dict[str, LockedProvider] | None:
    text = files.get(f"{place}/{LOCK_FILE}")
    return None if text is None else read_lock(text.decode("utf-8", "replace"))


def _stack(files: Files, place: str, side: str) -> Json:
    path = f"{place}/cdk.tf.json"
    if path not in files:
        return {}
    try:
        document = parse_json(files[path])
    except ValueError as error:
        raise OutputError(Problem(file=path, what=f"not JSON in {side}: {error}")) from None
    if not isinstance(document, dict):
        raise OutputError(Problem(file=path, what=f"not a Terraform stack in {side}", expected="a mapping"))
    return document
