"""The peers of network policies that lead to a store: its pods while it is in the chart, otherwise its addresses.

Each peer depends on the stores that it leads to, and on nothing else that happens to differ between the same
environments.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.expression import Expression, all_of, any_of, equals, negated, value
from quantacirc_cdk.helm.insertions import Spot
from quantacirc_cdk.helm.node import Choice, Insert
from quantacirc_cdk.helm.objects import NAME_LABEL, Key, Manifests, Match
from quantacirc_cdk.manifests import POD_TEMPLATES, Data

PRIVATE = "private"
"""Stands for the range of an environment's network, which differs between environments."""

TARGET = value("target")
Ports = tuple[int, ...]
Place = tuple[Ports, str]
"""The ports of a rule, and a range of addresses."""


@dataclass(frozen=True, kw_only=True)
class Store:
    """A store that can be in the chart or outside of the cluster."""

    enabled: Expression
    """Whether its pods are in the chart."""
    ports: Ports
    """Its ports outside the cluster; the first one is the usual one."""


@dataclass(frozen=True, kw_only=True)
class StoreAccess:
    """The peers of a network policy that lead to stores, each under its condition."""

    on: Match
    inside: Mapping[str, Expression]
    """Condition of the pods of a store, by store."""
    outside: Mapping[Place, Expression]
    """Condition of a range of addresses."""
    added: Mapping[Ports, Expression]
    """Ports at which the private range is added, because no environment has the stores there."""
    private: Mapping[str, str]
    """Range of the private network, by environment."""

    def insert(self, spot: Spot) -> list[Any]:
        """Put each peer under its condition, add the missing ones, and return the private ranges found."""
        found: list[Any] = []
        private = self.private.get(spot.environment)
        range_ = {"ipBlock": {"cidr": Insert(spot.parameter.expression)}}
        for rule, ports in _rules(spot.tree):
            for index, peer in enumerate(rule["to"]):
                condition = self.inside.get(store_of(peer)) or self.outside.get((ports, _range(peer, private)))
                if condition is not None:
                    is_private = _range(peer, private) == PRIVATE
                    found += [private] if is_private else []
                    rule["to"][index] = Choice(condition, range_ if is_private else peer)
        for ports, condition in self.added.items():
            known = [rule for rule, each in _rules(spot.tree) if each == ports]
            rule = next(iter(known), {})
            if not rule:
                rule = {"ports": [{"port": port, "protocol": "TCP"} for port in ports], "to": []}
                rules = spot.tree["spec"]["egress"]
                later = (at for at, each in enumerate(rules) if repr(each.get("ports")) > repr(rule["ports"]))
                rules.insert(next(later, len(rules)), rule)
            rule["to"].insert(0, Choice(condition, range_))
        return found


def store_access(
    manifests: Manifests, stores: Mapping[str, Store], private: Mapping[str, str], targets: Mapping[str, str]
) -> Iterator[StoreAccess]:
    """Yield an insertion for each policy that leads to the pods of a store.

    ``private`` and ``targets`` contain the range of the private network and the target of each environment.
    """
    running = {
        name: {key.component for key in objects if key.kind in POD_TEMPLATES} for name, objects in manifests.items()
    }
    keys = {key for objects in manifests.values() for key in objects if key.kind == "NetworkPolicy"}
    for key in sorted(keys):
        policies = {name: objects[key] for name, objects in manifests.items() if key in objects}
        inside = {
            name: {store_of(peer) for rule, _ in _rules(item) for peer in rule["to"]} for name, item in policies.items()
        }
        reached = {
            name: store
            for name, store in sorted(stores.items())
            if any(name in names for names in inside.values())
            and all((name in names) == (name in running[environment]) for environment, names in inside.items())
        }
        if reached:
            yield _Policy(key, policies, reached, inside, private, targets).access()


@dataclass(frozen=True)
class _Policy:
    """A policy of the environments."""

    key: Key
    policies: Mapping[str, Data]
    """The policy, by environment."""
    reached: Mapping[str, Store]
    inside: Mapping[str, Collection[str]]
    """The components whose pods it leads to, by environment."""
    private: Mapping[str, str]
    targets: Mapping[str, str]

    def access(self) -> StoreAccess:
        places: dict[Place, set[str]] = {}
        for name, item in self.policies.items():
            for rule, ports in _rules(item):
                for peer in rule["to"]:
                    places.setdefault((ports, _range(peer, self.private.get(name))), set()).add(name)
        outside = {place: found for place, there in places.items() if (found := self._condition(place[0], there))}
        added: dict[Ports, list[Expression]] = {}
        for name, store in self.reached.items():
            if (store.ports[:1], PRIVATE) not in places:
                others = self._targets(where for where, names in self.inside.items() if name not in names)
                usual = all_of(negated(store.enabled), *(negated(equals(TARGET, other)) for other in others))
                added.setdefault(store.ports[:1], []).append(usual)
        return StoreAccess(
            on=Match.of(self.key),
            inside={name: store.enabled for name, store in self.reached.items()},
            outside=outside,
            added={ports: any_of(*found) for ports, found in added.items()},
            private=self.private,
        )

    def _condition(self, ports: Ports, there: Collection[str]) -> Expression | None:
        """Return the condition of a range that some environments have; None if the stores do not explain it."""
        stores = {name: store for name, store in self.reached.items() if {*ports} <= {*store.ports}}
        outside = {name for name, names in self.inside.items() if not stores.keys() <= {*names}}
        if not stores or not {*there} <= outside:
            return None
        without = any_of(*(negated(store.enabled) for store in stores.values()))
        here, elsewhere = self._targets(there), self._targets(outside - {*there})
        if {*here} & {*elsewhere}:
            return None
        if any(store.ports[0] in ports for store in stores.values()):
            return all_of(without, *(negated(equals(TARGET, name)) for name in elsewhere))
        return all_of(without, any_of(*(equals(TARGET, name) for name in here)))

    def _targets(self, environments: Iterable[str]) -> list[str]:
        return sorted({self.targets[name] for name in environments})


def store_of(peer: Any) -> str:
    """Return the component whose pods a peer selects in the policy's namespace; empty for another peer."""
    if not isinstance(peer, dict) or "namespaceSelector" in peer:
        return ""
    name = peer.get("podSelector", {}).get("matchLabels", {}).get(NAME_LABEL, "")
    return name if isinstance(name, str) else ""


def _rules(policy: Data) -> Iterator[tuple[Data, Ports]]:
    """Yield the egress rules that have peers, each with its ports."""
    for rule in policy["spec"].get("egress") or []:
        if isinstance(rule, dict) and isinstance(rule.get("to"), list) and rule.get("ports"):
            yield rule, tuple(port.get("port") for port in rule["ports"])


def _range(peer: Any, private: str | None) -> str:
    """Return the addresses of a peer as text; empty for pods."""
    block = peer.get("ipBlock") if isinstance(peer, dict) else None
    return "" if block is None else PRIVATE if block == {"cidr": private} else repr(block)
