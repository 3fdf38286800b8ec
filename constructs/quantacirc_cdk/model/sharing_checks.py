"""Check for conflicts between environments: namespace, host, Terraform state, audit trail, network range."""

import ipaddress
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.facts import system_in, ways_in
from quantacirc_cdk.model.previews import check_preview_namespaces
from quantacirc_cdk.model.problems import dotted, problem_at
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System

Problems = Iterator[Problem]
Loaded = Mapping[str, tuple[Environment, Node]]


@dataclass(frozen=True, kw_only=True)
class _Use:
    """A resource that an environment uses alone."""

    what: str
    """The resource, as named in messages. Two environments with the same value share it."""
    expected: str
    place: Place
    """Place in the environment's file that sets it."""
    shareable: bool
    """Whether environments can share it with `shares`."""


def check_together(
    system: System | None, environments: Loaded, names: Collection[str], system_source: Node | None = None
) -> Problems:
    """Yield the conflicts between environments, each in the file of the later environment.

    ``names`` are those of all environments, also of those that have problems themselves. ``system_source`` is the
    document of the system.
    """
    for name, (environment, root) in environments.items():
        for index, other in enumerate(environment.shares):
            if other == name or other not in names:
                expected = nearest(other, {*names} - {name})
                yield problem_at(root, ("shares", index), f'no other environment "{other}"', expected)
    users: dict[str, list[tuple[str, _Use]]] = {}
    for name, (environment, _) in environments.items():
        for use in _uses(system, environment):
            users.setdefault(use.what, []).append((name, use))
    sharing: set[frozenset[str]] = set()
    for several in users.values():
        # Put the environment that sets the value itself before those that inherit it.
        several.sort(key=lambda user: _is_inherited(environments[user[0]][1], user[1].place))
        (first, theirs), *others = several
        sharing |= {frozenset((name, other)) for name, _ in several for other, _ in several}
        agreed = _reached(environments, first, [name for name, _ in several])
        for name, use in others:
            if not use.shareable or name not in agreed:
                yield _shared(environments, (name, use), (first, theirs), system_source)
    for name, (environment, root) in environments.items():
        for index, other in enumerate(environment.shares):
            if other in environments and other != name and frozenset((name, other)) not in sharing:
                what = f'shares neither a namespace nor a host with "{other}"'
                yield problem_at(root, ("shares", index), what, "only environments with which it shares one")
    yield from _check_ranges(environments)
    if system is not None:
        yield from check_preview_namespaces(system, environments)


def _uses(system: System | None, environment: Environment) -> Iterator[_Use]:
    if system is not None:
        namespace, context = environment.namespace_for(system.name), environment.cluster.context
        yield _Use(
            what=f'namespace "{namespace}" of the cluster "{context}"',
            expected="another namespace or context",
            place=("cluster", "context"),
            shareable=True,
        )
        site = Site(system, environment)
        for name, component in site.system.components.items():
            beside = component.installs_into(site, name)
            if beside is not None:
                yield _Use(
                    what=f'chart "{name}" in the namespace "{beside}" of the cluster "{context}"',
                    expected=f"components.{name}.installed: false in one of them",
                    place=("components", name) if name in environment.components else ("cluster", "context"),
                    shareable=False,
                )
        yield from _hosts(system, environment)
    if environment.cloud is not None:
        # The states of the other clouds have no effect until `target` selects one of them.
        yield _Use(
            what=f'Terraform state in the {environment.target} bucket "{environment.cloud.state.bucket}"',
            expected="a different bucket for each environment",
            place=("clouds", environment.target, "state", "bucket"),
            shareable=False,
        )
        if environment.audit_trail is not None:
            yield _Use(
                what=f'audit trail of the {environment.target} account "{environment.cloud.account}"',
                expected="`audit_trail` in one environment of an account",
                place=("audit_trail",),
                shareable=False,
            )


def _hosts(system: System, environment: Environment) -> Iterator[_Use]:
    """Yield the hosts of all routes, and the domain of an environment in a cloud, which has a DNS zone."""
    found: dict[str, tuple[Place, str]] = {}
    for way in ways_in(system_in(system, environment), environment):
        stated = getattr(environment.components.get(way.component), "host", None)
        for host in way.hosts:
            if host in way.route.hosts:
                place: Place = ("components", way.component, "routes", way.key, "hosts")
                found.setdefault(host, (place, f"another host in `{dotted(place)}`"))
            elif host == stated:
                found.setdefault(host, (("components", way.component, "host"), "another host"))
            else:
                found.setdefault(host, (("domain",), "another domain"))
    if environment.target != "local":
        found.setdefault(environment.domain, (("domain",), "another domain"))
    for host, (place, expected) in found.items():
        yield _Use(what=f'host "{host}"', expected=expected, place=place, shareable=True)


def _reached(environments: Loaded, first: str, names: Sequence[str]) -> set[str]:
    """Return the environments connected to ``first`` by `shares`, directly or through others."""
    reached = {first}
    while True:
        more = {
            name
            for name in names
            if name not in reached
            and any(other in environments[name][0].shares or name in environments[other][0].shares for other in reached)
        }
        if not more:
            return reached
        reached |= more


def _is_inherited(root: Node, place: Place) -> bool:
    return root.find(place).file != root.file


def _shared(
    environments: Loaded, mine: tuple[str, _Use], theirs: tuple[str, _Use], system_source: Node | None
) -> Problem:
    (name, use), (other, its) = mine, theirs
    root = environments[other][1]
    if system_source is not None and root.depth(its.place) < system_source.depth(its.place):
        root = system_source
    what = f'{use.what} is also used by environment "{other}" ({_line(root, its.place)})'
    expected = f"{use.expected}, or `shares: [{other}]`" if use.shareable else use.expected
    return _problem(environments[name][1], use.place, what, expected)


def _problem(root: Node, place: Place, what: str, expected: str) -> Problem:
    """Return a problem at the place in the environment's file, or at `extends` if the value is inherited."""
    if not _is_inherited(root, place):
        return problem_at(root, place, what, expected)
    extends = root.find(("extends",))
    return Problem(file=root.file, line=extends.line, key=dotted(place), what=what, expected=expected)


def _line(root: Node, place: Place) -> str:
    """Return the file and line that set a value."""
    node = root.find(place)
    return f"{node.file}:{node.line}"


def _check_ranges(environments: Loaded) -> Problems:
    seen: list[tuple[str, str, ipaddress.IPv4Network]] = []
    place = ("network", "cidr")
    own_first = sorted(environments, key=lambda name: _is_inherited(environments[name][1], place))
    for name in own_first:
        environment, root = environments[name]
        if environment.network is None or environment.network.existing or environment.target not in environment.clouds:
            continue
        account = environment.clouds[environment.target].account
        cidr = ipaddress.IPv4Network(environment.network.cidr)
        for other, their_account, theirs in seen:
            if their_account == account and cidr.overlaps(theirs):
                where = f" ({_line(root, place)})" if _is_inherited(root, place) else ""
                what = f'{cidr} of "{name}"{where} overlaps {theirs} of "{other}" in the same account'
                yield _problem(root, place, what, "ranges that do not overlap, so that the networks can be peered")
        seen.append((name, account, cidr))
