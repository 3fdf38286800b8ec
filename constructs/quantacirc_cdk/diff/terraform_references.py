"""What a change of a resource does to those that refer to it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.diff import terraform_rules as rules
from quantacirc_cdk.diff import terraform_types
from quantacirc_cdk.diff.fields import FieldChange, Json, look_up
from quantacirc_cdk.diff.impact import Finding, Impact, Rule

_REFERENCE = re.compile(r"\b([a-z][a-z0-9]*_[a-z0-9_]+)\.([A-Za-z_][\w-]*)\.([a-z_0-9]+)")


@dataclass(frozen=True, kw_only=True, order=True)
class Address:
    """Address of a resource, or of another part of the stack (``provider.aws``)."""

    type: str
    name: str

    def __str__(self) -> str:
        """Return ``type.name``."""
        return f"{self.type}.{self.name}"


def spread(found: dict[Address, list[Finding]], resources: dict[Address, Json]) -> None:
    """Mark resources as replaced that refer to a replaced one in an argument that forces a new resource, or to a
    changed one in ``replace_triggered_by``.
    """
    replaced = {address for address in resources if _is_replaced(found.get(address, []))}
    waiting = set(resources) - replaced
    while True:
        followers = {
            address: finding
            for address in waiting
            if (finding := _follows(address, resources, replaced) or _triggered(address, resources, found))
        }
        if not followers:
            return
        for address, finding in followers.items():
            found[address] = [*found.get(address, []), finding]
        replaced |= set(followers)
        waiting -= set(followers)


def _is_replaced(findings: Iterable[Finding]) -> bool:
    return any(finding.impact == Impact.REPLACE for finding in findings)


def _follows(address: Address, resources: dict[Address, Json], replaced: set[Address]) -> Finding | None:
    for argument, value in sorted(resources[address].items()):
        if argument in rules.NO_ARGUMENTS:
            continue
        change = FieldChange(path=(argument,), before=value, after=value, old={}, new={})
        if not terraform_types.forces_new(address.type, change):
            continue
        for target, attribute in references(value):
            known = attribute in resources.get(target, {})  # An argument is known at plan time, an id is not.
            if target in replaced and not known:
                note = f"{target} is replaced"
                return Finding(rule=rules.FOLLOWS, change=_unchanged((argument,), resources[address]), note=note)
    return None


def _triggered(address: Address, resources: dict[Address, Json], found: dict[Address, list[Finding]]) -> Finding | None:
    path = ("lifecycle", "replace_triggered_by")
    for trigger in look_up(resources[address], *path, default=[]):
        kind, name, attribute = (*trigger.removeprefix("${").removesuffix("}").split("."), "", "")[:3]
        target = Address(type=kind, name=name)
        changed = [each for each in found.get(target, []) if each.impact != Impact.NO_OP]
        if attribute in resources.get(target, {}):
            changed = [each for each in changed if each.change.path[:1] == (attribute,)]
        elif attribute:  # What the provider computes, another value for a new resource only.
            changed = [each for each in changed if each.impact == Impact.REPLACE]
        if target in resources and changed:
            note = f"{target} is {'replaced' if _is_replaced(found[target]) else 'changed'}"
            return Finding(rule=rules.TRIGGERED, change=_unchanged(path, resources[address]), note=note)
    return None


def _unchanged(path: tuple[str, ...], arguments: Json) -> FieldChange:
    value = look_up(arguments, *path)
    return FieldChange(path=path, before=value, after=value, old=arguments, new=arguments)


def references(value: Any) -> Iterator[tuple[Address, str]]:
    """Yield each resource that a value refers to, with the attribute."""
    if isinstance(value, str) and "${" in value:
        for kind, name, attribute in _REFERENCE.findall(value):
            yield Address(type=kind, name=name), attribute
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from references(item)


_COUNTED = {("aws_launch_template", "latest_version")}
"""Attributes with a number that an update of the resource raises."""
_UNCOUNTED = ("tags", "default_version", "update_default_version")
"""Arguments whose update raises no such number."""


def spread_versions(
    found: dict[Address, list[Finding]],
    resources: dict[Address, Json],
    rule_of: Callable[[Address, FieldChange], Rule],
) -> None:
    """Add to what refers to the version of an updated resource what another version does to it."""
    updated = {
        address
        for address, findings in found.items()
        if address in resources
        and any(each.impact != Impact.NO_OP and each.change.path[:1] not in map(_alone, _UNCOUNTED)
                for each in findings)
    }  # fmt: skip
    for address, arguments in resources.items():
        for path, target, attribute in _referring((), arguments):
            if target not in updated or (target.type, attribute) not in _COUNTED or path[0] in rules.NO_ARGUMENTS:
                continue
            change = _unchanged(path, arguments)
            if any(finding.change.path == path for finding in found.get(address, [])):
                continue
            finding = Finding(rule=rule_of(address, change), change=change, note=f"{target} gets another version")
            found[address] = [*found.get(address, []), finding]


def _alone(step: str) -> tuple[str, ...]:
    return (step,)


def _referring(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Address, str]]:
    """Yield each reference in a value with its path."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _referring((*path, name), item)
    elif path:
        for target, attribute in references(value):
            yield path, target, attribute
