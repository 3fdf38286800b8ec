"""Read a plan as ``terraform show -json`` prints it: what Terraform will do to each resource, in the classes of the
other comparisons.

The format: https://developer.hashicorp.com/terraform/internals/json-format#plan-representation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from quantacirc_cdk.diff import terraform_arguments, terraform_types
from quantacirc_cdk.diff import terraform_rules as rules
from quantacirc_cdk.diff.fields import ABSENT, FieldChange, Json, is_index
from quantacirc_cdk.diff.impact import Finding, Impact, Rule
from quantacirc_cdk.diff.report import ChangedObject, Report
from quantacirc_cdk.diff.terraform import compare_arguments, normal, whole, with_data
from quantacirc_cdk.diff.terraform_references import Address
from quantacirc_cdk.errors import OutputError, Problem

FORMAT = "1."
"""Beginning of the versions of the format that this module reads: a minor version only adds to it."""
LATER = "(known after apply)"
SENSITIVE = "(sensitive)"
CHANGED = "(another sensitive value)"
RUNS = "what runs"


def report_on_plan(document: Any, stack: str, *, shown: str = "plan") -> Report:
    """Return what a plan of ``stack`` will do. ``shown`` names the document in messages.

    Raises ``OutputError`` for a document that is no plan, and for a plan that Terraform could not complete.
    """
    changes = _changes(document, shown)
    found: list[ChangedObject] = []
    for item in changes:
        if findings := _findings(item):
            deposed = " (deposed object)" if "deposed" in item else ""
            found.append(
                ChangedObject(side="terraform", place=stack, name=f"{item['address']}{deposed}", findings=findings)
            )
    for name, change in sorted((document.get("output_changes") or {}).items()):
        if change["actions"] != ["no-op"]:
            before, after = _sides(change)
            field = FieldChange(path=("value",), before=before, after=after, old={}, new={})
            finding = Finding(rule=rules.OUTPUT, change=field)
            found.append(ChangedObject(side="terraform", place=stack, name=f"output.{name}", findings=[finding]))
    first = bool(changes) and all(item["change"]["actions"] in (["create"], ["read"]) for item in changes)
    return Report(
        before=RUNS,
        after=f"the plan of {stack}",
        objects=sorted(found, key=lambda item: (-list(Impact).index(item.impact), item.name)),
        new={("terraform", stack)} if first else (),
    )


def _changes(document: Any, shown: str) -> list[Json]:
    """Return the changes of resources that Terraform manages."""
    expected = "a plan as `terraform show -json PLAN` prints it"
    if not isinstance(document, dict) or not str(document.get("format_version", "")).startswith(FORMAT):
        raise OutputError(Problem(file=shown, what="not a plan of Terraform", expected=expected))
    if document.get("errored"):
        raise OutputError(Problem(file=shown, what="a plan that Terraform could not complete", expected=expected))
    changes = document.get("resource_changes", [])
    if not isinstance(changes, list) or not all(map(_is_change, changes)):
        raise OutputError(Problem(file=shown, what="a plan with changes that cannot be read", expected=expected))
    return [item for item in changes if item.get("mode") == "managed"]


def _is_change(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and all(isinstance(item.get(key), str) for key in ("address", "type", "mode"))
        and isinstance(item.get("change"), dict)
        and isinstance(item["change"].get("actions"), list)
    )


def _findings(item: Json) -> list[Finding]:
    change, actions = item["change"], item["change"]["actions"]
    before, after = (normal(side) if side is not ABSENT else {} for side in _sides(change))
    address = Address(type=item["type"], name=str(item.get("name", "")))
    found: list[Finding] = []
    if moved := item.get("previous_address"):
        found.append(whole(rules.MOVED, before, after, note=f"moved from {moved}"))
    if change.get("importing"):
        found.append(whole(rules.IMPORTED, before, after))
    if actions == ["create"]:
        found.append(whole(rules.CREATED, {}, after))
    elif actions == ["delete"]:
        found.append(whole(rules.DESTROYED, before, {}))
    elif actions == ["forget"]:
        found.append(whole(rules.FORGOTTEN, before, {}))
    elif actions == ["update"]:
        updated = [_updated(address, field) for field in compare_arguments(before, after)]
        found += updated or [whole(rules.UPDATED, before, after)]  # An argument that Terraform may only write.
    elif sorted(actions) == ["create", "delete"]:
        found += _replaced(address, item, before, after)
    elif actions not in (["no-op"], ["read"]):
        found.append(whole(rules.UNKNOWN_ACTION, before, after, note=", ".join(map(str, actions))))
    return with_data(address, found, first=actions == ["create", "delete"])


def _updated(address: Address, change: FieldChange) -> Finding:
    """Return the effect of an argument that changes in place; the plan decides that nothing is replaced."""
    updated = replace(rules.UPDATED, source=terraform_types.documentation(address.type))
    special = (rule for rule in terraform_arguments.RULES if rule.covers(address.type, change))
    rule = next((rule for rule in special if rule.impact is not Impact.REPLACE), updated)
    return Finding(rule=rule, change=change, note=terraform_arguments.note_on(address.type, change))


def _replaced(address: Address, item: Json, before: Json, after: Json) -> Iterator[Finding]:
    """Yield the reasons for a new resource; what else changes is part of it."""
    forcing = [_steps(path) for path in item["change"].get("replace_paths") or ()]
    said = False
    for change in compare_arguments(before, after):
        steps = _steps(change.path)
        if any(steps[: len(path)] == path or path[: len(steps)] == steps for path in forcing):
            said = True
            rule = replace(rules.FORCES_NEW, source=terraform_types.documentation(address.type))
            yield Finding(rule=rule, change=change)
    if not said:
        reason = _REASONS.get(str(item.get("action_reason")), rules.REPLACED)
        change = FieldChange(path=(), before=before, after=after, old=before, new=after)
        yield Finding(rule=reason, change=change)


_REASONS: Mapping[str, Rule] = {
    "replace_because_tainted": rules.TAINTED,
    "replace_by_request": rules.REQUESTED,
    "replace_by_triggers": rules.TRIGGERED,
}
"""Rules by Terraform's word for why it replaces a resource."""


def _steps(path: Sequence[Any]) -> tuple[str, ...]:
    """Return the names of a path: a single block is a list of one in a plan, and none here."""
    return tuple(str(step) for step in path if not is_index(str(step)))


def _sides(change: Json) -> tuple[Any, Any]:
    """Return the values before and after, without what is secret and with a word for what nobody knows yet."""
    after = _unknown(change.get("after"), change.get("after_unknown"))
    before, after = _masked(change.get("before"), after, change.get("before_sensitive"), change.get("after_sensitive"))
    return (ABSENT if before is None else before), (ABSENT if after is None else after)


def _unknown(value: Any, unknown: Any) -> Any:
    if unknown is True:
        return LATER
    if isinstance(unknown, dict) and unknown:
        given = value if isinstance(value, dict) else {}
        return given | {key: _unknown(given.get(key), mark) for key, mark in unknown.items() if mark}
    if isinstance(unknown, list) and isinstance(value, list):
        return [_unknown(one, unknown[place] if place < len(unknown) else False) for place, one in enumerate(value)]
    return value


def _masked(before: Any, after: Any, old: Any, new: Any) -> tuple[Any, Any]:
    """Replace sensitive values; the second side says whether its value is another one."""
    if old is True or new is True:
        same = before == after
        return (None if before is None else SENSITIVE), (None if after is None else SENSITIVE if same else CHANGED)
    if not old and not new:
        return before, after
    sides: tuple[dict[Any, Any], dict[Any, Any]] = ({}, {})
    for key in dict.fromkeys([*_keys(before), *_keys(after)]):
        pair = _masked(*(_at(value, key) for value in (before, after, old, new)))
        for side, value, one in zip(sides, (before, after), pair, strict=True):
            if key in _keys(value):
                side[key] = one
    return tuple(  # type: ignore[return-value]
        list(side.values()) if isinstance(value, list) else side if isinstance(value, dict) else value
        for side, value in zip(sides, (before, after), strict=True)
    )


def _keys(value: Any) -> Sequence[Any]:
    return list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()


def _at(value: Any, key: Any) -> Any:
    return value[key] if key in _keys(value) else None
