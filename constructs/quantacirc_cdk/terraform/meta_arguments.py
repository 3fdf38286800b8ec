"""Meta-arguments of resources and data sources: https://developer.hashicorp.com/terraform/language/meta-arguments."""

from collections.abc import Iterator, Mapping
from typing import Any

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.limits.check import describe
from quantacirc_cdk.terraform.checked import known_later
from quantacirc_cdk.terraform.values import Complaint, is_of_engine

_FLAGS = frozenset({"create_before_destroy", "prevent_destroy"})
_LIFECYCLE = _FLAGS | {"ignore_changes", "postcondition", "precondition", "replace_triggered_by"}


def meta_complaints(arguments: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield the values of ``count``, ``for_each`` and ``lifecycle`` that Terraform refuses."""
    count, for_each, lifecycle = (arguments.get(key) for key in ("count", "for_each", "lifecycle"))
    if not (count is None or _is_later(count) or _is_count(count)):
        yield "count", f"found {describe(count)}", "a whole number of at least 0, or an expression"
    if not (for_each is None or _is_later(for_each) or isinstance(for_each, Mapping)):
        yield "for_each", f"found {describe(for_each)}", "a mapping, or an expression such as ${toset([...])}"
    if count is not None and for_each is not None:
        yield "for_each", "beside count", "one of them"
    if lifecycle is None:
        return
    if not isinstance(lifecycle, Mapping):
        yield "lifecycle", f"found {describe(lifecycle)}", "a mapping"
        return
    for name, value in lifecycle.items():
        if name not in _LIFECYCLE:
            yield f"lifecycle.{name}", "no such argument", nearest(name, _LIFECYCLE)
        elif name in _FLAGS and not isinstance(value, bool):
            yield f"lifecycle.{name}", f"found {describe(value)}", "True or False; Terraform takes no expression here"


def _is_later(value: Any) -> bool:
    return known_later(value) or is_of_engine(value)


def _is_count(value: Any) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isdigit()
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value == value // 1


def replaced_with(address: str) -> dict[str, list[str]]:
    """Return the ``lifecycle`` of what is replaced with the resource at an address, which gets a new password then.

    Source: https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#replace_triggered_by.
    """
    return {"replace_triggered_by": [f"{address}.id"]}
