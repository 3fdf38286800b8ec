"""What follows from a store being in the cluster or outside, and from the number of a bus's servers."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.expression import equals, more_than, value
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.subject import Subject

POLICIES = Match(kinds=("NetworkPolicy",))


Explains = Callable[[tuple[Any, ...], Any], bool]


def mentions(word: str) -> Explains:
    """Return whether something has a name in it."""
    pattern = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])")
    return lambda _, node: bool(pattern.search(node if isinstance(node, str) else repr(node)))


def opens(ports: Sequence[int]) -> Explains:
    """Return whether something is a rule of a network policy about addresses at one of these ports."""

    def check(_: tuple[Any, ...], node: Any) -> bool:
        text = repr(node)
        return "cidr" in text and ("'port'" not in text or any(f"'port': {port}" in text for port in ports))

    return check


@dataclass(frozen=True, kw_only=True)
class StoreRules:
    """A store that an environment has in the cluster, or outside."""

    subject: Subject
    outside_ports: tuple[int, ...]
    """Ports of the store where it is not in the cluster, its identity's endpoints included."""

    def conditions(self) -> Iterator[Condition]:
        """Yield what its being in the cluster explains elsewhere."""
        inside = value(f"{self.subject.values}.enabled")
        reason = f"{self.subject.name} is in the cluster or outside"
        yield Condition(when=inside, explains=mentions(self.subject.name), reason=reason)
        yield Condition(when=inside, on=POLICIES, explains=opens(self.outside_ports), reason=reason)


@dataclass(frozen=True, kw_only=True)
class ClusteredRules:
    """A component whose servers form a cluster when there are several."""

    subject: Subject

    def conditions(self) -> Iterator[Condition]:
        """Yield what the number of servers explains in its own objects."""
        several = more_than(value(f"{self.subject.values}.replicas"), 1)
        reason = "one server, or several that form a cluster"
        yield Condition(when=several, on=Match(components=(self.subject.name,)), reason=reason)


TARGETS = {"local": "a cluster that is already there", "aws": "AWS", "gcp": "Google Cloud", "azure": "Azure"}


def target_parameter(targets: Mapping[str, str]) -> Parameter:
    """Return the parameter for where environments run."""
    said = ", ".join(f"`{name}` for {what}" for name, what in TARGETS.items())
    return Parameter(
        path="target",
        description=f"Where it runs, and so which services of a cloud the components use: {said}.",
        schema={"enum": list(TARGETS)},
        known=targets,
        reason="environments run in different places",
    )


def target_conditions(targets: Mapping[str, str]) -> Iterator[Condition]:
    """Yield what the place explains that no other rule does: what a cloud offers, and a laptop does not."""
    for name in TARGETS:
        if name in targets.values():
            yield Condition(
                when=equals(value("target"), name), reason=f"what there is in {TARGETS[name]} only, or not there"
            )
