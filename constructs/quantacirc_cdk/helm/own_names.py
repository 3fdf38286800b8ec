"""Names of a chart's own objects, in templates and in what users set."""

from collections.abc import Sequence, Set
from typing import Any

from quantacirc_cdk.helm.expression import Expression, Scope, all_of, argument, value
from quantacirc_cdk.helm.name_templates import FULLNAME
from quantacirc_cdk.text.go_template import quoted


def full_name() -> Expression:
    """Return the name of the release, or the one that replaces it in the names of objects."""
    said = value(FULLNAME)
    return Expression(f"{said.helm} | default .Release.Name", lambda scope: said.compute(scope) or scope.release)


def prefix(chart: str) -> Expression:
    """Return the beginning of the objects' names; empty if they keep the names of the manifests."""
    whole = full_name()

    def compute(scope: Scope) -> str:
        name = whole.compute(scope)
        return "" if name == chart else f"{name}-"

    return Expression(f'include "{chart}.prefix" .', compute)


def own_name(chart: str, name: Expression, own: Set[str], conditions: Sequence[Expression] = ()) -> Expression:
    """Return a name from the values, with the prefix if it is one of the chart's ``own`` under these conditions."""
    known = _listed(own)
    if conditions:
        known = f"(ternary {known} (list) (not (not {argument(all_of(*conditions))})))"
    begin = prefix(chart)

    def compute(scope: Scope) -> Any:
        found = name.compute(scope)
        is_own = found in own and all(each.compute(scope) for each in conditions)
        return f"{begin.compute(scope)}{found}" if is_own else found

    return Expression(f'include "{chart}.ownName" (list . {argument(name)} {known})', compute)


def own_rules(chart: str, rules: Expression, own: Set[str]) -> Expression:
    """Return rules of a Role from the values, with the prefix before the names of the chart's ``own`` objects."""
    begin = prefix(chart)

    def compute(scope: Scope) -> Any:
        before = begin.compute(scope)
        return [
            {
                key: [f"{before}{name}" if name in own else name for name in item] if key == "resourceNames" else item
                for key, item in rule.items()
            }
            for rule in rules.compute(scope) or ()
        ]

    helm = f'include "{chart}.ownRules" (list . {argument(rules)} {_listed(own)}) | fromYamlArray'
    return Expression(helm, compute)


def _listed(names: Set[str]) -> str:
    return f"(list {' '.join(map(quoted, sorted(names)))})"
