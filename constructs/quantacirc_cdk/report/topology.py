"""The declared graph of a system: who opens connections to whom."""

from collections.abc import Iterator

from quantacirc_cdk.model import Component, System
from quantacirc_cdk.model.component import Serving
from quantacirc_cdk.text.mermaid import identifier, label

INGRESS = "(ingress)"
"""Whoever connects from outside the cluster; no name of a component."""

Edge = tuple[str, str, str]
"""From, to, and why."""


def edges(system: System) -> list[Edge]:
    """Return every declared connection, sorted: what a component reaches, and what it implies, such as a bus."""
    return sorted({edge for name, component in system.components.items() for edge in _of(name, component, system)})


def _of(name: str, component: Component, system: System) -> Iterator[Edge]:
    implied = component.implied(system, name)
    for target, why in implied.items():
        yield name, target, why
    for target in component.reaches:
        yield name, target, ""
    if isinstance(component, Serving) and (component.exposed or any(component.routes.values())):
        yield INGRESS, name, ""


def as_mermaid(system: System) -> str:
    """Return the graph as a Mermaid flowchart."""
    found = edges(system)
    lines = ["flowchart LR"]
    for name, component in sorted(system.components.items()):
        opening, closing = component.shape
        lines.append(f"  {identifier(name)}{opening}{label(name)}{closing}")
    outside = sorted({target for _, target, _ in found} & system.externals.keys())
    lines += [f"  {identifier(name)}>{label(name)}]" for name in outside]
    if any(source == INGRESS for source, _, _ in found):
        lines.append('  _ingress(("ingress"))')
    for source, target, why in found:
        arrow = f"-- {label(why)} -->" if why else "-->"
        lines.append(f"  {'_ingress' if source == INGRESS else identifier(source)} {arrow} {identifier(target)}")
    return "\n".join(lines) + "\n"
