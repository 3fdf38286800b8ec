"""Differences between environments, each with its parameter and reason."""

from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.helm.derive import Derived
from quantacirc_cdk.helm.parameter import Parameter

Json = dict[str, Any]


def parity(derived: Derived, environments: Sequence[str] | None = None, *, everything: bool = False) -> Json:
    """Return the table of environments and parameters, as JSON-compatible data, sorted by path.

    ``parameters`` contains those in which ``environments`` (all by default) differ, or all with ``everything``, as
    ``{"path", "description", "reason", "default", "undeclared", "values"}``. ``values`` is by environment.
    ``undeclared`` is true if neither a rule nor an environment's file explains the difference. ``declared`` is the
    number of all parameters of the chart. ``without_values`` names the objects that no declared parameter fits.
    """
    names = list(environments or sorted(derived.found))
    rows = [_row(derived, parameter, names) for parameter in sorted(derived.parameters, key=lambda each: each.path)]
    chosen = rows if everything else [row for row in rows if _differs(row)]
    apart = [str(key) for key in derived.without_values]
    return {"declared": len(rows), "environments": names, "parameters": chosen, "without_values": apart}


def _row(derived: Derived, parameter: Parameter, names: Sequence[str]) -> Json:
    values = {name: derived.found[name].get(parameter.path, parameter.default) for name in names}
    found: Json = {
        "path": parameter.path,
        "description": parameter.description,
        "reason": "",
        "default": parameter.default,
        "undeclared": False,
        "values": values,
    }
    if _differs(found):
        found |= {"reason": parameter.reason, "undeclared": parameter.undeclared}
    return found


def _differs(row: Json) -> bool:
    values = list(row["values"].values())
    return any(one != values[0] for one in values[1:])
