"""The declared connections of a system."""

from collections.abc import Iterator

from quantacirc_cdk.model import Component, System
from quantacirc_cdk.text.mermaid import identifier, label

INGRESS = "(ingress)"
"""Node for all clients outside the cluster; not a valid component name."""

Edge = tuple[str, str, str]
"""Source, target and purpose."""


def edges(system: System) -> list[Edge]:
    """Return all declared connections, sorted: those in `reaches`, and implicit ones, such as to the bus."""
    return sorted({edge for name, component in system.components.items() for edge in _of(name, component, system)})


def _of(name: str, component: Component, system: System) -> Iterator[Edge]:
    implied = component.implied(system, name)
    for target, why in implied.items():
        yield name, target, why
    for target in component.reaches:
        yield name, target, ""
    if component.is_public:
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
