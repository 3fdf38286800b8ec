"""The declared graph of a system: who opens connections to whom."""

from collections.abc import Iterator

from quantacirc_cdk.model import Component, System
from quantacirc_cdk.text.mermaid import identifier, label

_SHAPES = {
    "agent": ("([", "])"),
    "service": ("[", "]"),
    "monitor": ("[/", "/]"),
    "job": ("{{", "}}"),
    "bus": ("[[", "]]"),
    "database": ("[(", ")]"),
    "object-store": ("[(", ")]"),
}
"""How Mermaid draws each kind (https://mermaid.js.org/syntax/flowchart.html)."""

INGRESS = "(ingress)"
"""Whoever connects from outside the cluster; no name of a component."""

Edge = tuple[str, str, str]
"""From, to, and why."""


def edges(system: System) -> list[Edge]:
    """Return every declared connection, sorted: the bus for subjects, and whatever a component says that it reaches."""
    return sorted({edge for name, component in system.components.items() for edge in _of(name, component, system)})


def _of(name: str, component: Component, system: System) -> Iterator[Edge]:
    bus = system.only("bus")
    if bus is not None and name != bus and (component.publishes or component.consumes):
        verbs = [
            verb for verb, subjects in (("takes", component.consumes), ("publishes", component.publishes)) if subjects
        ]
        yield name, bus, " and ".join(verbs)
    for target in component.reaches:
        yield name, target, ""
    if component.exposed or any(component.routes.values()):
        yield INGRESS, name, ""


def as_mermaid(system: System) -> str:
    """Return the graph as a Mermaid flowchart."""
    found = edges(system)
    lines = ["flowchart LR"]
    for name, component in sorted(system.components.items()):
        opening, closing = _SHAPES[component.kind]
        lines.append(f"  {identifier(name)}{opening}{label(name)}{closing}")
    outside = sorted({target for _, target, _ in found} & system.externals.keys())
    lines += [f"  {identifier(name)}>{label(name)}]" for name in outside]
    if any(source == INGRESS for source, _, _ in found):
        lines.append('  _ingress(("ingress"))')
    for source, target, why in found:
        arrow = f"-- {label(why)} -->" if why else "-->"
        lines.append(f"  {'_ingress' if source == INGRESS else identifier(source)} {arrow} {identifier(target)}")
    return "\n".join(lines) + "\n"
