"""Parameters for differences between environments that no rule declares.

The chart renders the manifests of every environment, whatever they contain. A difference without a rule becomes a
parameter, named after the component, the object and the place in it:

- values of one type become a value of that type: ``web.deployment.revisionHistoryLimit: 5``;
- something that only some environments have becomes a switch: ``web.service.enabled: true``;
- anything else becomes the name of one of the environments' variants: ``web.deployment.command: prod``.

``qcdk parity`` lists these parameters, each with the file and line that causes it, or as *undeclared*.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.helm.derived_names import value_path
from quantacirc_cdk.helm.expression import Expression, equals, value
from quantacirc_cdk.helm.node import ABSENT, Choice, Insert, Style, data_style, same
from quantacirc_cdk.helm.objects import Key
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.peers import is_peer
from quantacirc_cdk.helm.permitted_differences import schema_of
from quantacirc_cdk.helm.places import shown
from quantacirc_cdk.helm.settings import with_sections
from quantacirc_cdk.helm.trees import is_exact, is_plain

Nodes = Mapping[str, Any]
Cause = Callable[[Key, Nodes], str]
"""Returns the file and line that causes a difference at a place of an object; empty if there is none."""


def no_cause(key: Key, nodes: Nodes) -> str:
    """Return no cause, if the source of the manifests is unknown."""
    del key, nodes
    return ""


@dataclass
class Undeclared:
    """Creates the parameters, and records the value of each environment."""

    base: str
    """The environment of the defaults."""
    found: Mapping[str, dict[str, Any]]
    """Values of each environment; values of new parameters are added."""
    taken: Iterable[str] = ()
    """Paths of the declared parameters."""
    cause: Cause = no_cause
    parameters: dict[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._paths = {path for taken in self.taken for path in with_sections(taken)}
        self._declared = set(self.taken)

    def node(self, key: Key, path: tuple[Any, ...], nodes: Nodes, merged: Any) -> Any:
        """Return the node for the values of the environments at a place.

        If some environments have no value, ``merged`` is the node for the others.
        """
        if any(node is ABSENT for node in nodes.values()):
            return Choice(
                self.present(key, path, [name for name, node in nodes.items() if node is not ABSENT], nodes), merged
            )
        style = _style(list(nodes.values()))
        if style is None:
            return self._variants(key, path, nodes)
        name = self._declare(key, path, nodes, nodes, schema_of(next(iter(nodes.values()))))
        return Insert(value(name), style)

    def present(self, key: Key, path: tuple[Any, ...], there: Iterable[str], nodes: Nodes) -> Expression:
        """Return the switch for something that only these environments, out of ``nodes``, have."""
        having = set(there)
        # A rule depends on the switches of its peers only: they are off in an environment without the rule, too.
        given = {name: name in having for name in (self.found if is_peer(key, path) else nodes)}
        return value(self._declare(key, (*path, "enabled"), given, nodes, {"type": "boolean"}))

    def _variants(self, key: Key, path: tuple[Any, ...], nodes: Nodes) -> Any:
        """Return a choice between variants, named after the first environment that has each."""
        variants: list[tuple[str, Any]] = []
        given: dict[str, str] = {}
        for name, node in sorted(nodes.items()):
            known = next((title for title, each in variants if same(each, node)), None)
            if known is None:
                variants.append((name, node))
            given[name] = known or name
        schema = {"type": "string", "enum": [title for title, _ in variants]}
        chosen = value(self._declare(key, path, given, nodes, schema))
        found = variants[-1][1]
        for title, node in reversed(variants[:-1]):
            found = Choice(equals(chosen, title), node, found)
        return found

    def _declare(self, key: Key, path: tuple[Any, ...], given: Nodes, nodes: Nodes, schema: Mapping[str, Any]) -> str:
        name = self._free(value_path(key, path))
        for environment, item in given.items():
            self.found[environment][name] = item
        default = given[self.base] if self.base in given else next(iter(given.values()))
        place = f"`{shown(path)}` of " if path else ""
        cause = self.cause(key, nodes)
        self.parameters[name] = Parameter(
            path=name,
            description=f"{place[:1].upper()}{place[1:]}{'the' if place else 'The'} {key.kind} {key.name}.",
            schema=schema,
            default=default,
            reason=f"set in {cause}" if cause else "",
            undeclared=not cause,
        )
        return name

    def _free(self, wanted: str) -> str:
        """Return a path that neither equals, contains nor is inside another parameter's."""
        name, number = wanted, 2
        while (taken := self._taken(name)) is not None:
            steps = wanted.split(".")
            steps[taken] += str(number)
            name, number = ".".join(steps), number + 1
        self._declared.add(name)
        self._paths.update(with_sections(name))
        return name

    def _taken(self, name: str) -> int | None:
        """Return which step of a path must change: the one that ends another parameter's path, else the last."""
        ends = [index for index, outer in enumerate(with_sections(name)) if outer in self._declared]
        if ends:
            return ends[0]
        return name.count(".") if name in self._paths else None


def _style(nodes: list[Any]) -> Style | None:
    """Return the style of values, if all have one type, and none is empty or needs a template."""
    kinds = {type(node) for node in nodes}
    if kinds == {str}:
        return "text" if all("\n" not in node for node in nodes) else data_style(*nodes)
    if kinds == {bool}:
        return "boolean"
    if not all(map(is_exact, nodes)):
        return None  # The variants are in the template, where Helm rounds no number.
    if kinds == {int}:
        return "number"
    if kinds == {list} and all(node and is_plain(node) for node in nodes):
        return data_style(*nodes)
    return None
