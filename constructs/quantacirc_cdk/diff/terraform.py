"""Compare two Terraform JSON stacks, and classify what ``terraform apply`` would do to each resource."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from quantacirc_cdk.diff import terraform_arguments, terraform_protection, terraform_references, terraform_types
from quantacirc_cdk.diff import terraform_rules as rules
from quantacirc_cdk.diff.fields import ABSENT, FieldChange, Json, compare, is_index, look_up
from quantacirc_cdk.diff.impact import Finding, Impact, Rule
from quantacirc_cdk.diff.terraform_references import Address, references


def compare_stacks(before: Json, after: Json) -> dict[Address, list[Finding]]:
    """Return the differences of each address that differs.

    A resource that refers to a replaced one in an argument that forces a new resource is also replaced.
    """
    old, new = (_resources(_with_defaults(one, before, after)) for one in (before, after))
    moved, forgotten = dict(_moves(after)), set(_forgotten(after))
    moved_to = {target: source for source, target in moved.items() if source in old and target in new}
    found: dict[Address, list[Finding]] = dict(_settings(before, after))
    for address in sorted({*old, *new}):
        if address in moved and moved[address] in moved_to:
            continue
        source = moved_to.get(address, address)
        findings = _compare_resource(address, old.get(source), new.get(address))
        if address in moved_to:
            findings.insert(0, whole(rules.MOVED, old[source], new[address], note=f"moved from {source}"))
        elif address not in new and address in forgotten:
            findings = [whole(rules.FORGOTTEN, old[address], {})]
        if findings:
            found[address] = findings
    kept = {address: new[address] for address in new if address in old or address in moved_to}
    terraform_references.spread(found, kept)
    terraform_references.spread_versions(found, kept, _rule_of)
    found |= _lookups(before, after)
    first, rewritten = _created_first(new), set(_rewritten(old))
    return {
        address: with_data(address, found[address], first=address in first, rewritten=address in rewritten)
        for address in sorted(found)
    }


def _rewritten(resources: dict[Address, Json]) -> Iterator[Address]:
    """Yield the secrets whose value Terraform has, and writes again to a new one."""
    for address, arguments in resources.items():
        if terraform_types.is_rewritten(address.type, arguments):
            yield from (target for target, _ in references(arguments.get("secret") or arguments.get("secret_id")))


def _with_defaults(stack: Json, before: Json, after: Json) -> Json:
    """Return a stack with the defaults of its variables that differ from those of the other stack, in place of each
    argument that is such a variable alone.
    """
    old, new = (one.get("variable") or {} for one in (before, after))
    changed = {
        f"${{var.{name}}}": (stack.get("variable") or {})[name].get("default")
        for name in old.keys() & new.keys()
        if old[name].get("default") != new[name].get("default")
    }
    return {**stack, "resource": _replaced(stack.get("resource") or {}, changed)} if changed else stack


def _replaced(value: Any, values: Json) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(item, values) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, values) for item in value]
    return values.get(value, value) if isinstance(value, str) else value


def _resources(stack: Json) -> dict[Address, Json]:
    return {
        Address(type=kind, name=name): normal(arguments)
        for kind, named in (stack.get("resource") or {}).items()
        for name, arguments in named.items()
    }


def _lookups(before: Json, after: Json) -> dict[Address, list[Finding]]:
    """Return the data sources that read something else; the plan changes what refers to them."""
    old, new = ({f"data.{kind}": named for kind, named in (one.get("data") or {}).items()} for one in (before, after))
    sides = [_resources({"resource": side}) for side in (old, new)]
    return {
        address: [Finding(rule=rules.READS, change=change) for change in changes]
        for address in sorted(sides[0].keys() & sides[1].keys())
        if (changes := compare_arguments(sides[0][address], sides[1][address]))
    }


def _created_first(resources: dict[Address, Json]) -> set[Address]:
    """Return resources that are recreated before the old one is destroyed: by their setting, or because such a resource
    refers to them.

    Source: https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#create_before_destroy.
    """
    waiting = [
        address
        for address, arguments in resources.items()
        if look_up(arguments, "lifecycle", "create_before_destroy") is True
    ]
    found: set[Address] = set()
    while waiting:
        address = waiting.pop()
        if address in found or address not in resources:
            continue
        found.add(address)
        waiting += [target for target, _ in references(resources[address])]
        waiting += filter(None, map(_address, resources[address].get("depends_on") or ()))
    return found


def normal(value: Any) -> Any:
    """Return arguments with normalized blocks: ``{}`` and ``[{}]`` are the same block. The keys of several blocks are
    their names (``[web]``), or numbers if they have none.
    """
    if isinstance(value, dict):
        return {name: normal(item) for name, item in value.items() if name != "//" and item is not None}
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        blocks = [normal(item) for item in value]
        return blocks[0] if len(blocks) == 1 else _keyed(blocks)
    return value


_NAMES = ("name", "range_name", "id")
"""Arguments that identify a block among others, as in ``security_rule`` and ``secondary_ip_range``."""


def _keyed(blocks: list[Json]) -> Json:
    for argument in _NAMES:
        names = [block.get(argument) for block in blocks]
        if all(isinstance(name, str) and "${" not in name for name in names) and len({*names}) == len(names):
            return {f"[{name}]": block for name, block in zip(names, blocks, strict=True)}
    return {str(number): block for number, block in enumerate(blocks)}


def compare_arguments(old: Json, new: Json) -> list[FieldChange]:
    """Return the arguments that differ. A single block is compared to the one of several that has its name."""
    return compare(*_aligned(old, new))


def _aligned(old: Any, new: Any) -> tuple[Any, Any]:
    if not isinstance(old, dict) or not isinstance(new, dict) or not old or not new:
        return old, new
    if _are_blocks(old) != _are_blocks(new):
        several = old if _are_blocks(old) else new
        return _among(old, several), _among(new, several)
    both = {key: _aligned(old[key], new[key]) for key in old.keys() & new.keys()}
    return (
        {key: both[key][0] if key in both else value for key, value in old.items()},
        {key: both[key][1] if key in both else value for key, value in new.items()},
    )


def _are_blocks(value: Json) -> bool:
    return all(map(is_index, value))


def _among(value: Json, several: Json) -> Json:
    """Return a single block with the key that it has among several."""
    if value is several:
        return value
    keys = [f"[{value[argument]}]" for argument in _NAMES if argument in value]
    other = keys[0] if keys and "0" not in several else "0"
    return {next((key for key in keys if key in several), other): value}


def _moves(stack: Json) -> Iterator[tuple[Address, Address]]:
    for block in _blocks(stack, "moved"):
        source, target = _address(block.get("from")), _address(block.get("to"))
        if source and target:
            yield source, target


def _forgotten(stack: Json) -> Iterator[Address]:
    for block in _blocks(stack, "removed"):
        address = _address(block.get("from"))
        if address and look_up(block, "lifecycle", "destroy") is False:
            yield address


def _blocks(stack: Json, name: str) -> list[Json]:
    value = stack.get(name) or []
    return value if isinstance(value, list) else [value]


def _address(text: Any) -> Address | None:
    kind, _, name = str(text or "").removeprefix("${").removesuffix("}").partition(".")
    return Address(type=kind, name=name) if name else None


def _settings(before: Json, after: Json) -> Iterator[tuple[Address, list[Finding]]]:
    """Compare everything except resources: backend, providers, versions, outputs."""
    for name, rule_of in (
        ("terraform", _rule_of_settings),
        ("provider", _rule_of_provider),
        ("output", lambda _: rules.OUTPUT),
    ):
        changes = compare(normal(before.get(name) or {}), normal(after.get(name) or {}))
        by_part: dict[str, list[Finding]] = {}
        for change in changes:
            part = change.path[0] if change.path else ""
            rule = rule_of(change) if before else rules.NEW_STACK
            by_part.setdefault(part, []).append(Finding(rule=rule, change=change))
        for part, findings in by_part.items():
            yield Address(type=name, name=part), findings


def _rule_of_settings(change: FieldChange) -> Rule:
    return rules.BACKEND if change.path[:1] in (("backend",), ("cloud",)) else rules.VERSIONS


def _rule_of_provider(change: FieldChange) -> Rule:
    elsewhere = ABSENT not in (change.before, change.after) and any(step in rules.PLACES for step in change.path)
    return rules.PLACE if elsewhere else rules.PROVIDER


def _compare_resource(address: Address, old: Json | None, new: Json | None) -> list[Finding]:
    if old is None:
        return [whole(rules.CREATED, {}, new or {})]
    if new is None:
        return [whole(rules.DESTROYED, old, {})]
    return [
        Finding(rule=_rule_of(address, change), change=change, note=terraform_arguments.note_on(address.type, change))
        for change in compare_arguments(old, new)
    ]


def whole(rule: Rule, old: Json, new: Json, note: str = "") -> Finding:
    """Return a finding about a resource as a whole."""
    change = FieldChange(path=(), before=old or ABSENT, after=new or ABSENT, old=old, new=new)
    return Finding(rule=rule, change=change, note=note)


def _rule_of(address: Address, change: FieldChange) -> Rule:
    argument = change.path[0]
    if argument in ("count", "for_each"):
        return rules.INSTANCES
    if argument == "provider":
        return rules.OTHER_PROVIDER
    if terraform_protection.PREVENT_DESTROY.covers(address.type, change):
        return terraform_protection.PREVENT_DESTROY
    if argument in rules.NO_ARGUMENTS or argument == "timeouts":
        return rules.SETTINGS
    ignored = look_up(change.new, "lifecycle", "ignore_changes", default=[])
    if ignored == "all" or any(_is_ignored(change.path, place) for place in ignored):
        return rules.IGNORED
    if terraform_arguments.is_same_version(change):
        return rules.SAME_VERSION
    special = next((rule for rule in terraform_arguments.RULES if rule.covers(address.type, change)), None)
    if special is not None:
        return special
    if terraform_types.forces_new(address.type, change):
        return replace(rules.FORCES_NEW, source=terraform_types.documentation(address.type))
    if not terraform_types.covered(address.type):
        return rules.UNKNOWN_TYPE
    return replace(rules.UPDATED, source=terraform_types.documentation(address.type))


def _is_ignored(path: Sequence[str], place: str) -> bool:
    """Return whether ``ignore_changes`` covers a path: ``settings[0].disk_size`` includes everything below it."""
    steps = [step for step in re.findall(r"[^.\[\]\"]+", place) if not step.isdecimal()]
    return [step for step in path if not is_index(step)][: len(steps)] == steps


def with_data(address: Address, findings: list[Finding], *, first: bool, rewritten: bool = False) -> list[Finding]:
    """Add to a destroyed or replaced resource which data is lost, what prevents it, and which of two is destroyed
    first. What is ``rewritten`` holds only what Terraform writes again.
    """
    named = []
    for finding in findings:
        current = finding
        lost = None if rewritten else terraform_types.data_of(address.type, finding.change.old)
        if finding.impact in (Impact.REPLACE, Impact.DESTROY):
            guard = rules.is_guarded(finding.change.old)
            if finding.impact == Impact.REPLACE:
                order = (
                    "the new resource is created before the old one is destroyed"
                    if first
                    else "the old resource is destroyed first"
                )
                current = replace(current, rule=replace(current.rule, says=f"{current.rule.says}; {order}"))
            if lock := terraform_protection.LOCKS.get(address.type):
                impact, unlocked = lock
                rule = replace(
                    current.rule, impact=max(impact, current.impact), says=f"{current.rule.says}: {unlocked}"
                )
                current = replace(current, rule=rule)
            if lost:
                says = f"{current.rule.says}: {lost} would be lost"
                rule = replace(current.rule, impact=Impact.STATEFUL_DESTROY, says=says)
                current = replace(current, rule=rule)
            if guard:
                current = replace(current, note="; ".join(filter(None, (current.note, guard))))
        named.append(current)
    return named
