"""Hashes of configuration in annotations and in the names of Jobs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.digests import ANNOTATION, Configurations, configuration_of, parts_of, pod_spec
from quantacirc_cdk.helm.expression import Expression
from quantacirc_cdk.helm.landings import Derived, Part
from quantacirc_cdk.helm.node import Insert, Text, text_of
from quantacirc_cdk.helm.objects import TEMPLATES, Data, Key, Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.subject import Subject

HASHED = "-<hash>"


@dataclass(frozen=True, kw_only=True)
class HashRules:
    """The hashes in the workload of one component."""

    subject: Subject
    workload: Key
    manifests: Manifests
    configurations: Configurations

    def parameters(self) -> Iterator[Parameter]:
        """Yield what puts the hashes in place; they have no values of their own."""
        key = self.workload
        on = Match(kinds=(key.kind,), components=(key.component,), names=(key.name,))
        annotation = (*TEMPLATES[key.kind], "metadata", "annotations", ANNOTATION)
        read = (
            configuration_of(self.manifests, key, self._found(key, annotation))
            if self._found(key, annotation)
            else None
        )
        if read is not None:
            made = Insert(self.configurations.hash_of(read, 16))
            yield Parameter(
                path="",
                description="",
                schema={},
                default=None,
                lands=[Derived(on=on, path=annotation, make=lambda *_: made)],
            )
        if key.name.endswith(HASHED):
            yield self._name(key, on)

    def _found(self, key: Key, path: tuple[str, ...]) -> dict[str, str]:
        """Return what the environments have at a place of the workload."""
        found = {}
        for name, objects in self.manifests.items():
            node: Any = objects.get(key)
            for step in path:
                node = node.get(step) if isinstance(node, dict) else None
            if isinstance(node, str):
                found[name] = node
        return found

    def _name(self, key: Key, on: Match) -> Parameter:
        prefix = key.name.removesuffix("<hash>")
        hashes = {name: found[len(prefix) :] for name, found in self._found(key, ("metadata", "name")).items()}
        values = {name: _values(self.manifests[name][key]) for name in hashes}
        made_of = parts_of(self.manifests, key, hashes, _with_makers(values))
        path = ("metadata", "name")
        if made_of is None:
            return Parameter(
                path=f"{self.subject.section(key)}.revision",
                description="End of the Job's name: a Job cannot be changed, so another one needs another name.",
                schema={"type": "string", "pattern": "^[a-z0-9]{1,16}$"},
                lands=[Part(on=on, path=path, pattern=f"^{prefix}([0-9a-f]{{8}})$")],
                reason="it is a hash of what the Job runs",
            )
        config, names = made_of

        def make(_: Any, tree: Data) -> Any:
            more = {name: _expression(tree, name, values) for name in names}
            return Text((prefix, self.configurations.hash_of(config, 8, more)))

        return Parameter(path="", description="", schema={}, default=None, lands=[Derived(on=on, path=path, make=make)])


def _values(item: Data) -> dict[str, str]:
    """Return what else a Job's hash may be made of: its images and the address that it talks to."""
    spec = pod_spec(item)
    found = {"image": spec["containers"][0]["image"]}
    if spec.get("initContainers"):
        found["maker"] = spec["initContainers"][0]["image"]
    for variable in spec["containers"][0].get("env", []):
        if variable["name"].endswith("_URL") and "value" in variable:
            found["url"] = variable["value"]
    return found


def _with_makers(values: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return the values with the image of the first container also where an environment does not run it."""
    makers = {found["maker"] for found in values.values() if "maker" in found}
    known = {"maker": min(makers)} if makers else {}
    return {name: {**known, **found} for name, found in values.items()}


def _expression(tree: Data, name: str, values: Mapping[str, Mapping[str, str]]) -> Expression:
    """Return one of the values as it stands in an object, or as a constant."""
    spec = pod_spec(tree)
    node: Any = None
    if name == "image":
        node = spec["containers"][0]["image"]
    elif name == "maker":
        node = _with_makers(values)[next(iter(values))]["maker"]
    else:
        node = next(one["value"] for one in spec["containers"][0]["env"] if one["name"].endswith("_URL"))
    if isinstance(node, Insert):
        return node.expression
    if isinstance(node, Text):
        parts = node.parts
        form = "".join("%s" if isinstance(part, Expression) else part for part in parts)
        arguments = " ".join(f"({part.helm})" for part in parts if isinstance(part, Expression))
        return Expression(f'printf "{form}" {arguments}', lambda scope: text_of(parts, scope))
    return Expression(f'"{node}"', lambda _: node)
