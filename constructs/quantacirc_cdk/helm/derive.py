"""From the manifests of all environments and declared parameters to one set of objects that depend on values."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from quantacirc_cdk.errors import Problem, QuantacircError
from quantacirc_cdk.helm.digests import FIELDS, Configurations
from quantacirc_cdk.helm.expression import Expression, Scope, all_of, negated
from quantacirc_cdk.helm.landings import UNKNOWN, Presence, Spot
from quantacirc_cdk.helm.merge import Condition, Difference, Merger
from quantacirc_cdk.helm.node import ABSENT, evaluate
from quantacirc_cdk.helm.objects import Key, Manifests, Match
from quantacirc_cdk.helm.open_places import Opened, OpenPlace
from quantacirc_cdk.helm.parameter import FROM_ENVIRONMENT, Parameter
from quantacirc_cdk.helm.places import shown
from quantacirc_cdk.helm.settings import Values, nested
from quantacirc_cdk.helm.trees import copy, first_difference


class ParityError(QuantacircError):
    """Environments differ in what no parameter declares, or a declaration does not fit the manifests."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """What Helm knows of an installation besides the values."""

    name: str
    namespace: str
    managed_by: str
    """The label ``app.kubernetes.io/managed-by`` of the manifests; Helm puts its own name there."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """One object of the chart."""

    key: Key
    node: Any
    conditions: tuple[Expression, ...] = ()
    """All must hold for the object to be there."""


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A chart before it is text."""

    templates: Sequence[Template]
    parameters: Sequence[Parameter]
    """The declared parameters, each with its default."""
    found: Mapping[str, Mapping[str, Any]]
    """By environment, the values that its manifests have, by path."""
    conditions: Sequence[Condition]

    @cached_property
    def defaults(self) -> Values:
        """The values without anybody setting one."""
        return nested({parameter.path: parameter.default for parameter in self.parameters})

    def values(self, environment: str) -> Values:
        """Return all the values of an environment."""
        return self._values[environment]

    @cached_property
    def _values(self) -> dict[str, Values]:
        return {
            name: nested({each.path: known.get(each.path, each.default) for each in self.parameters})
            for name, known in self.found.items()
        }


@dataclass(kw_only=True)
class Derivation:
    """Puts parameters into the objects of every environment and merges what is left."""

    manifests: Manifests
    base: str
    """The environment that the defaults come from."""
    releases: Mapping[str, Release]
    app_version: str
    configurations: Configurations
    """ConfigMaps whose hash stands somewhere."""

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []
        self.trees = {name: {key: copy(item) for key, item in found.items()} for name, found in self.manifests.items()}
        self.keys = sorted({key for found in self.manifests.values() for key in found})
        self.by_component: dict[str, list[Key]] = defaultdict(list)
        for key in self.keys:
            self.by_component[key.component].append(key)
        self.found: dict[str, dict[str, Any]] = {name: {} for name in self.manifests}
        self._places: dict[tuple[str, str], str] = {}

    def derive(
        self,
        parameters: Sequence[Parameter],
        conditions: Sequence[Condition] = (),
        open_places: Sequence[OpenPlace] = (),
    ) -> Derived:
        """Return the chart; raises ``ParityError`` with all that is wrong."""
        for parameter in parameters:
            self._land(parameter)
        self._fail()
        resolved = [self._with_default(parameter) for parameter in parameters if parameter.path]
        self._check_paths(resolved)
        derived = Derived(templates=(), parameters=resolved, found=self.found, conditions=conditions)
        self.opened = Opened(list(open_places), self.found, self.base)
        scopes = {name: self._scope(derived, name) for name in self.manifests}
        presences = [
            (landing, parameter.expression)
            for parameter in resolved
            for landing in parameter.lands
            if isinstance(landing, Presence)
        ]
        templates = [self._template(key, presences, conditions, scopes) for key in self.keys]
        self._fail()
        resolved += self.opened.parameters.values()
        self._check_paths(resolved)
        self._fail()
        derived = Derived(templates=templates, parameters=resolved, found=self.found, conditions=conditions)
        for template in templates:
            if template.key in self.configurations.names:
                self.configurations.nodes[template.key] = template.node[FIELDS[template.key.kind]]
        for name in self.manifests:
            self._prove(derived, name, self._scope(derived, name))
        self._fail()
        return derived

    def _check_paths(self, parameters: Sequence[Parameter]) -> None:
        """Refuse two parameters of one path, and one that is inside another."""
        paths = {parameter.path for parameter in parameters}
        if len(paths) < len(parameters):
            counts = Counter(parameter.path for parameter in parameters)
            for path in sorted(path for path, count in counts.items() if count > 1):
                self._problem(path, "is declared twice", "one parameter; is a component named like a section?")
        for path in sorted(paths):
            outer = path
            while "." in outer:
                outer = outer.rpartition(".")[0]
                if outer in paths:
                    self._problem(path, f"is inside the parameter {outer}", "a section that is no parameter")

    def _land(self, parameter: Parameter) -> None:
        for name, known in parameter.known.items():
            self._record(parameter, name, known, "the model")
        landed = not parameter.lands
        for landing in parameter.lands:
            keys = self._matching(landing.on)
            if isinstance(landing, Presence):
                landed = landed or bool(keys)
                self._land_presence(parameter, landing)
                continue
            for key in keys:
                for name, trees in self.trees.items():
                    if key in trees:
                        landed = True
                        spot = Spot(tree=trees[key], parameter=parameter, environment=name)
                        for item in landing.land(spot):
                            if item is not UNKNOWN:
                                self._record(parameter, name, item, str(key))
        if not landed:
            self._problem(parameter.path, "lands in no object", "an object of an environment")

    def _matching(self, match: Any) -> list[Key]:
        """Return the keys that match, looking only where they can be."""
        if match.components:
            keys: Iterator[Key] = (key for name in match.components for key in self.by_component.get(name, ()))
        else:
            keys = iter(self.keys)
        return [key for key in keys if match(key)]

    def _land_presence(self, parameter: Parameter, landing: Presence) -> None:
        witness = self._matching(landing.witness or landing.on)
        company = set(self._matching(landing.beside or Match(components=landing.on.components)))
        for name, trees in self.trees.items():
            untold = bool(landing.beside or landing.on.components) and not company & trees.keys()
            untold = untold and landing.witness is None
            if name not in parameter.known and not untold:
                there = any(key in trees for key in witness)
                self._record(parameter, name, there != landing.inverse, ", ".join(map(str, witness[:3])))

    def _record(self, parameter: Parameter, name: str, item: Any, place: str) -> None:
        known = self.found[name]
        if parameter.path not in known:
            known[parameter.path] = item
            self._places[name, parameter.path] = place
        elif known[parameter.path] != item:
            before = self._places[name, parameter.path]
            what = f"{item!r} in {place}, but {known[parameter.path]!r} in {before}"
            self._problem(f"{name}: {parameter.path}", what, "one value")

    def _with_default(self, parameter: Parameter) -> Parameter:
        if parameter.default is not FROM_ENVIRONMENT:
            return parameter
        for name in (self.base, *self.found):
            if parameter.path in self.found[name]:
                return replace(parameter, default=self.found[name][parameter.path])
        self._problem(parameter.path, "no environment has a value for it", "a default")
        return replace(parameter, default=None)

    def _scope(self, derived: Derived, name: str) -> Scope:
        release = self.releases[name]
        return Scope(
            values=derived.values(name),
            release=release.name,
            namespace=release.namespace,
            app_version=self.app_version,
            managed_by=release.managed_by,
        )

    def _template(
        self,
        key: Key,
        presences: Sequence[tuple[Presence, Expression]],
        conditions: Sequence[Condition],
        scopes: Mapping[str, Scope],
    ) -> Template:
        cache: dict[tuple[str, str], bool] = {}

        def holds(expression: Expression, name: str) -> bool:
            if (expression.helm, name) not in cache:
                cache[expression.helm, name] = bool(expression.compute(scopes[name]))
            return cache[expression.helm, name]

        presence = tuple(
            negated(expression) if landing.inverse else expression
            for landing, expression in presences
            if landing.on(key)
        )
        merger = Merger(key, [each for each in conditions if each.on(key)], [self.opened], holds)
        node = merger.merge({name: trees[key] for name, trees in self.trees.items() if key in trees})
        possible = [name for name in self.trees if all(holds(condition, name) for condition in presence)]
        there = {name: None for name in possible if key in self.trees[name]}
        if len(there) < len(possible):
            condition = merger.explained(there, dict.fromkeys(possible), (key.kind, key.name), node)
            presence = (*presence, condition) if condition else presence
        for name, trees in self.trees.items():
            wanted = all(holds(condition, name) for condition in presence)
            if wanted != (key in trees):
                self._presence_differs(key, presence, name, wanted)
        for difference in merger.differences:
            self._undeclared(key, difference)
        return Template(key=key, node=node, conditions=presence)

    def _presence_differs(self, key: Key, presence: Sequence[Expression], name: str, wanted: bool) -> None:
        others = sorted(other for other, trees in self.trees.items() if (key in trees) == wanted)
        here, there = ("missing", "there") if wanted else ("there", "missing")
        why = f"{all_of(*presence).helm} says otherwise" if presence else "no parameter declares this difference"
        self._problem(str(key), f"{here} in {name}, {there} in {', '.join(others) or 'the chart'}: {why}")

    def _undeclared(self, key: Key, difference: Difference) -> None:
        by_value: dict[str, list[str]] = defaultdict(list)
        for name, node in difference.nodes.items():
            by_value[_brief(node)].append(name)
        what = "; ".join(f"{text} in {', '.join(names)}" for text, names in by_value.items())
        self._problem(f"{key}: {shown(difference.path)}", what, "the same everywhere, or a parameter that declares it")

    def _prove(self, derived: Derived, name: str, scope: Scope) -> None:
        """Compare what the chart renders for an environment with its manifests."""
        for template in derived.templates:
            original = self.manifests[name].get(template.key)
            if original is None:
                continue
            rendered = evaluate(template.node, scope)
            if rendered != original:
                path, ours, theirs = first_difference(rendered, original)
                what = f"{name}: the chart renders {_brief(ours)}"
                self._problem(f"{template.key}: {shown(path)}", what, f"{_brief(theirs)} as in the manifest")

    def _problem(self, key: str, what: str, expected: str = "") -> None:
        self.problems.append(Problem(key=key, what=what, expected=expected))

    def _fail(self) -> None:
        if self.problems:
            raise ParityError(self.problems)


def _brief(node: Any) -> str:
    text = "nothing" if node is ABSENT else repr(node)
    return text if len(text) <= 160 else f"{text[:157]}..."
