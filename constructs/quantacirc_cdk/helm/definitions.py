"""CustomResourceDefinitions of a chart: Helm installs those in ``crds/`` before it looks for the kinds of templates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.helm.app_values import Value
from quantacirc_cdk.manifests import Data, group_of

KIND = "CustomResourceDefinition"

Variants = Mapping[str, Sequence[Data]]


def shared(variants: Variants, namespaces: Mapping[str, str]) -> dict[str, Data]:
    """Return the definitions that can be files of ``crds/``, which are no templates, by name: those that are equal in
    all variants and do not contain the namespace of one.
    """
    every = [{item["metadata"]["name"]: item for item in found if _defines(item)} for found in variants.values()]
    return {
        name: item
        for name, item in sorted(every[0].items())
        if all(other.get(name) == item for other in every)
        and not any(_in_namespace(item, namespace) for namespace in namespaces.values())
    }


def without(variants: Variants, definitions: Mapping[str, Data]) -> dict[str, list[Data]]:
    """Return the objects of each variant without these definitions."""
    return {
        name: [item for item in found if not (_defines(item) and item["metadata"]["name"] in definitions)]
        for name, found in variants.items()
    }


def definition_problems(
    variants: Variants, definitions: Mapping[str, Data], values: Sequence[Value]
) -> Iterator[Problem]:
    """Yield definitions that need a template, with objects of their kind, and values inside a definition of ``crds/``.

    Helm looks for the kind of each object before it creates the first one, so it would find none.
    """
    kinds = {(group_of(item), item["kind"]) for found in variants.values() for item in found}
    left = {
        item["metadata"]["name"]: item
        for found in without(variants, definitions).values()
        for item in found
        if _defines(item)
    }
    for name, item in left.items():
        spec = item.get("spec") or {}
        kind = (spec.get("names") or {}).get("kind")
        if (spec.get("group"), kind) in kinds:
            yield Problem(
                key="variants",
                what=f"the {KIND} {name} is not equal in all variants, or contains their namespace, and there are "
                f"objects of its kind {kind}",
                expected="the same definition in each variant, which becomes a file of crds/, or a separate chart for "
                "it, because Helm knows the kind only after it is installed",
            )
    for value in values:
        if definitions and any(place.kind == KIND and place.name in ("", *definitions) for place in value.places):
            what = f"a place in a {KIND}, which is a file of crds/ without values"
            yield Problem(key=f"values.{value.path}", what=what, expected="a place in another object")


def _defines(item: Data) -> bool:
    return bool(item["kind"] == KIND and group_of(item) == "apiextensions.k8s.io")


def _in_namespace(tree: Any, namespace: str) -> bool:
    if isinstance(tree, list):
        return any(_in_namespace(item, namespace) for item in tree)
    if isinstance(tree, dict):
        return any(
            (key == "namespace" and item == namespace) or _in_namespace(item, namespace) for key, item in tree.items()
        )
    return False
