"""Derive templates from the manifests of all environments and from declared parameters.

The derivation always succeeds. If a declared parameter does not fit an object (it would need two values at once, or the
rendered object differs from the manifest), the object is derived again without it. Each remaining difference becomes a
generated parameter (``undeclared``). A rule can therefore only give a value a better name, and never make the chart
fail.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from quantacirc_cdk.errors import InternalError, Problem
from quantacirc_cdk.helm.digests import FIELDS, Configurations
from quantacirc_cdk.helm.expression import Expression, Scope, negated
from quantacirc_cdk.helm.insertions import UNKNOWN, Presence, Spot
from quantacirc_cdk.helm.merge import Condition, Merger
from quantacirc_cdk.helm.node import ABSENT, renders, same
from quantacirc_cdk.helm.objects import Index, Key, Manifests, Match
from quantacirc_cdk.helm.parameter import FROM_ENVIRONMENT, Parameter
from quantacirc_cdk.helm.peers import with_peers
from quantacirc_cdk.helm.permitted_differences import PermittedDifference, PermittedParameters
from quantacirc_cdk.helm.settings import Values, nested
from quantacirc_cdk.helm.trees import copy
from quantacirc_cdk.helm.undeclared import Cause, Undeclared, no_cause
from quantacirc_cdk.helm.usage import used
from quantacirc_cdk.manifests import Data, is_added


@dataclass(frozen=True, kw_only=True)
class Release:
    """Properties of a Helm release besides the values."""

    name: str
    namespace: str
    managed_by: str
    """Label ``app.kubernetes.io/managed-by`` of the manifests, which Helm sets to its own name."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """An object of the chart."""

    key: Key
    node: Any
    conditions: tuple[Expression, ...] = ()
    """Conditions of the object: it is rendered if all are true."""


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A derived chart, before it is converted to text."""

    templates: Sequence[Template]
    parameters: Sequence[Parameter]
    """The declared parameters with their defaults."""
    found: Mapping[str, Mapping[str, Any]]
    """Values of each environment's manifests, by path."""
    conditions: Sequence[Condition]
    without_values: Sequence[Key] = ()
    """Objects whose declared parameters would not render the manifests: they have none."""

    @cached_property
    def defaults(self) -> Values:
        """The default values."""
        return nested({parameter.path: parameter.default for parameter in self.parameters})

    def values(self, environment: str) -> Values:
        """Return all values of an environment."""
        return self._values[environment]

    @cached_property
    def _values(self) -> dict[str, Values]:
        return {
            name: nested({each.path: known.get(each.path, each.default) for each in self.parameters})
            for name, known in self.found.items()
        }


@dataclass
class Misfits:
    """Declared parameters that do not fit. The sets only grow, so that repeated derivation terminates."""

    parameters: set[str] = field(default_factory=set)
    """Paths of parameters that are not used."""
    places: set[tuple[str, Key]] = field(default_factory=set)
    """Pairs of a parameter's path and an object in which it is not used."""
    objects: set[Key] = field(default_factory=set)
    """Objects without any declared parameter."""
    unprepared: set[Key] = field(default_factory=set)
    """Objects without even the properties of the release."""

    def __len__(self) -> int:
        return len(self.parameters) + len(self.places) + len(self.objects) + len(self.unprepared)


@dataclass(kw_only=True)
class Derivation:
    """Inserts parameters into the objects of every environment, and merges the results."""

    manifests: Manifests
    base: str
    """The environment of the defaults."""
    releases: Mapping[str, Release]
    app_version: str
    configurations: Configurations
    """ConfigMaps with a hash in another object."""
    prepare: Callable[[str, Data], Data] = lambda _name, tree: copy(tree)
    """Returns a copy of an object of an environment with the properties of the release, before any parameter."""
    cause: Cause = no_cause
    """Returns the file that causes a difference without a rule."""

    def derive(
        self,
        parameters: Sequence[Parameter],
        conditions: Sequence[Condition] = (),
        permitted_differences: Sequence[PermittedDifference] = (),
    ) -> Derived:
        """Return the derived chart.

        Raises InternalError if it does not render the manifests, which is a bug of this library.
        """
        misfits = Misfits()
        while True:
            known = len(misfits)
            attempt = _Attempt(self, misfits)
            derived = attempt.derive(parameters, conditions, permitted_differences)
            if len(misfits) == known:
                if attempt.wrong:
                    expected = "the object that the manifests contain"
                    raise InternalError(
                        Problem(
                            key=f"{key.kind} {key.name}", what="the chart renders another object", expected=expected
                        )
                        for key in attempt.wrong
                    )
                bare = sorted(filter(self._has_values, misfits.objects))
                kept = used(derived.parameters, derived.templates)
                return replace(derived, parameters=kept, without_values=bare)

    def _has_values(self, key: Key) -> bool:
        """Return whether an object is one of the system's: those that a project adds have no values of the chart."""
        return not any(is_added(objects[key]) for objects in self.manifests.values() if key in objects)


class _Attempt:
    """One derivation without the parameters that are known not to fit."""

    def __init__(self, derivation: Derivation, misfits: Misfits) -> None:
        self.given, self.misfits = derivation, misfits
        self.manifests = derivation.manifests
        self.trees = {
            name: {
                key: copy(item) if key in misfits.unprepared else derivation.prepare(name, item)
                for key, item in found.items()
            }
            for name, found in self.manifests.items()
        }
        self.index = Index({key for found in self.manifests.values() for key in found})
        self.found: dict[str, dict[str, Any]] = {name: {} for name in self.manifests}
        self.wrong: set[Key] = set()
        """Objects that the chart would render differently."""

    def derive(
        self,
        parameters: Sequence[Parameter],
        conditions: Sequence[Condition],
        permitted_differences: Sequence[PermittedDifference],
    ) -> Derived:
        """Return the chart. If ``misfits`` has grown, it does not match the manifests yet."""
        known = len(self.misfits)
        parameters = [each for each in parameters if each.path not in self.misfits.parameters]
        for parameter in parameters:
            self._insert(parameter)
        resolved = [default for each in parameters if each.path and (default := self._with_default(each))]
        self._check_paths(resolved)
        derived = Derived(templates=(), parameters=resolved, found=self.found, conditions=conditions)
        taken = [each.path for each in resolved]
        places = self.index.by_key(permitted_differences, lambda each: each.on)
        self.permitted = PermittedParameters(places, self.found, self.given.base, taken)
        self.others = Undeclared(self.given.base, self.found, taken, self.given.cause)
        scopes = {name: self._scope(derived, name) for name in self.manifests}
        presences = [
            (insertion, parameter)
            for parameter in resolved
            for insertion in parameter.insertions
            if isinstance(insertion, Presence)
        ]
        switches = self.index.by_key(presences, lambda each: each[0].on)
        about = self.index.by_key(conditions, lambda each: each.on)
        templates = [self._template(key, switches.get(key, ()), about.get(key, ()), scopes) for key in self.index.keys]
        resolved += [*self.permitted.parameters.values(), *self.others.parameters.values()]
        self._check_paths(resolved)
        derived = Derived(templates=templates, parameters=resolved, found=self.found, conditions=conditions)
        for template in templates:
            if template.key in self.given.configurations.names:
                self.given.configurations.nodes[template.key] = template.node[FIELDS[template.key.kind]]
        if len(self.misfits) == known:  # Otherwise the rendered objects are not final.
            self._prove(derived)
        return derived

    def _check_paths(self, parameters: Sequence[Parameter]) -> None:
        """Drop duplicate parameters, and parameters whose path is inside another one."""
        seen: set[str] = set()
        for parameter in parameters:
            if parameter.path in seen:
                self.misfits.parameters.add(parameter.path)
            seen.add(parameter.path)
        for path in sorted(seen):
            outer = path
            while "." in outer:
                outer = outer.rpartition(".")[0]
                if outer in seen:
                    self.misfits.parameters.add(path)

    def _insert(self, parameter: Parameter) -> None:
        for name, known in parameter.known.items():
            self.found[name].setdefault(parameter.path, known)
        inserted = not parameter.insertions
        for insertion in parameter.insertions:
            keys = self._matching(insertion.on, parameter)
            if isinstance(insertion, Presence):
                inserted = inserted or bool(keys)
                if insertion.told:
                    self._insert_presence(parameter, insertion)
                continue
            for key in keys:
                for name, trees in self.trees.items():
                    if key in trees:
                        inserted = True
                        spot = Spot(tree=trees[key], parameter=parameter, environment=name)
                        for item in insertion.insert(spot):
                            if item is not UNKNOWN:
                                self._record(parameter, name, item, key)
        if not inserted:
            self.misfits.parameters.add(parameter.path)

    def _matching(self, match: Any, parameter: Parameter) -> Sequence[Key]:
        """Return the matching keys for which the parameter is usable."""
        found = self.index.matching(match)
        if not self.misfits.objects and not self.misfits.places:
            return found
        return [key for key in found if self._fits(parameter, key)]

    def _fits(self, parameter: Parameter, key: Key) -> bool:
        return key not in self.misfits.objects and (parameter.path, key) not in self.misfits.places

    def _insert_presence(self, parameter: Parameter, insertion: Presence) -> None:
        witness = self._matching(insertion.witness or insertion.on, parameter)
        company: Sequence[Key] | None = None
        if insertion.witness is None and (insertion.beside or insertion.on.components):
            company = self._matching(insertion.beside or Match(components=insertion.on.components), parameter)
        for name, trees in self.trees.items() if witness else ():
            told = company is None or any(key in trees for key in company)
            if name not in parameter.known and told:
                there = any(key in trees for key in witness)
                self._record(parameter, name, there != insertion.inverse, witness[0])

    def _record(self, parameter: Parameter, name: str, item: Any, key: Key) -> None:
        if not same(self.found[name].setdefault(parameter.path, item), item):
            self.misfits.places.add((parameter.path, key))

    def _with_default(self, parameter: Parameter) -> Parameter | None:
        """Return a parameter with its default; None if no environment has a value for it."""
        if parameter.default is not FROM_ENVIRONMENT:
            return parameter
        for name in (self.given.base, *self.found):
            if parameter.path in self.found[name]:
                return replace(parameter, default=self.found[name][parameter.path])
        self.misfits.parameters.add(parameter.path)
        return None

    def _scope(self, derived: Derived, name: str) -> Scope:
        release = self.given.releases[name]
        return Scope(
            values=derived.values(name),
            release=release.name,
            namespace=release.namespace,
            app_version=self.given.app_version,
            managed_by=release.managed_by,
        )

    def _template(
        self,
        key: Key,
        presences: Sequence[tuple[Presence, Parameter]],
        conditions: Sequence[Condition],
        scopes: Mapping[str, Scope],
    ) -> Template:
        """Return the template of an object from its ``presences`` and ``conditions``, and drop its trees."""
        cache: dict[tuple[str, str], bool] = {}

        def holds(expression: Expression, name: str) -> bool:
            if (expression.helm, name) not in cache:
                cache[expression.helm, name] = bool(expression.compute(scopes[name]))
            return cache[expression.helm, name]

        merger = Merger(key, conditions, self.permitted, self.others, holds)
        there = {name: trees.pop(key) for name, trees in self.trees.items() if key in trees}
        node = with_peers(key, merger.merge(there))
        presence = tuple(
            negated(parameter.expression) if insertion.inverse else parameter.expression
            for insertion, parameter in presences
            if self._fits(parameter, key)
        )
        possible = [name for name in self.trees if all(holds(condition, name) for condition in presence)]
        if not there.keys() <= set(possible):
            # The switch is off although the object exists: the object gets a separate switch.
            presence, possible = (), list(self.trees)
        if len(there) < len(possible):
            nodes = {name: there.get(name, ABSENT) for name in possible}
            known = merger.explained(dict.fromkeys(there), nodes, (key.kind, key.name), node)
            presence = (*presence, known or self.others.present(key, (), there, nodes))
        return Template(key=key, node=node, conditions=presence)

    def _prove(self, derived: Derived) -> None:
        """Compare the rendered chart of each environment with its manifests."""
        for name, objects in self.manifests.items():
            scope = self._scope(derived, name)
            for template in derived.templates:
                original = objects.get(template.key)
                if original is not None and not renders(template.node, original, scope):
                    self.wrong.add(template.key)
        # A wrong configuration makes the hash of it in other objects wrong.
        for key in (self.wrong & self.given.configurations.names.keys()) - self.misfits.unprepared or self.wrong:
            (self.misfits.unprepared if key in self.misfits.objects else self.misfits.objects).add(key)
