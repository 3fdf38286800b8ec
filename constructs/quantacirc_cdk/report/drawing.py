"""The topology of an environment as SVG: tiers from left to right, with the boundaries of cluster and cloud."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from quantacirc_cdk.model.component import Component, Program
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.report.topology import INGRESS, edges
from quantacirc_cdk.text.html import element

WIDTH, HEIGHT, GAP_X, GAP_Y, PAD = 156, 34, 56, 14, 16
_LONGEST = 20
"""Characters of a name that fit into a box."""
TIERS = ("clients", "entrance", "programs", "stores", "managed", "elsewhere")
CLUSTER, CLOUD = TIERS[1:4], TIERS[1:5]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A component, the clients, or an external service."""

    name: str
    tier: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """A declared connection."""

    source: str
    target: str
    label: str
    """Subjects, or the purpose; may be empty."""


@dataclass(frozen=True, kw_only=True)
class Topology:
    """What is where in an environment, and who opens connections to whom."""

    cloud: str
    """Name of the cloud; "" without one."""
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]


def topology(site: Site) -> Topology:
    """Return the topology of an environment."""
    system = site.system
    off = {name for name, part in system.components.items() if part.scales and site.replicas(name).max == 0}
    found = [one for one in edges(system) if not {one[0], one[1]} & off]
    entrances = {target for source, target, _ in found if source == INGRESS}
    boxes = [
        Box(name=name, tier=_tier(site, name, part, entrances), kind=part.kind)
        for name, part in sorted(system.components.items())
        if name not in off
    ]
    reached = {target for _, target, _ in found}
    boxes += [Box(name=name, tier="elsewhere", kind="external") for name in sorted(system.externals) if name in reached]
    if entrances:
        boxes.insert(0, Box(name=INGRESS, tier="clients", kind="clients"))
    arrows = [Arrow(source=one[0], target=one[1], label=_label(system.components.get(one[0]), one)) for one in found]
    cloud = site.environment.target if site.environment.target != "local" else ""
    return Topology(cloud=cloud, boxes=tuple(boxes), arrows=tuple(arrows))


def _tier(site: Site, name: str, part: Component, entrances: set[str]) -> str:
    provider = site.provider(name)
    if provider != "embedded":
        return "managed" if provider == "managed" else "elsewhere"
    if name in entrances:
        return "entrance"
    return "stores" if part.tier == "stores" else "programs"


def _label(part: Component | None, edge: tuple[str, str, str]) -> str:
    if not (isinstance(part, Program) and edge[2]):
        return edge[2]
    subjects = [f"← {subject}" for subject in part.consumes] + [f"→ {subject}" for subject in part.publishes]
    return ", ".join(subjects) or edge[2]


def draw(shown: Topology, title: str, tip: str = "tip") -> Element:
    """Return the drawing. Each box is a link to ``#component-<name>``. ``tip`` is an id that is unique in the page."""
    places, spans = _placed(shown)
    width = max((x for x, _ in places.values()), default=0) + WIDTH + 3 * PAD
    height = max((y for _, y in places.values()), default=0) + HEIGHT + 3 * PAD
    drawn = element("svg", {"viewBox": f"0 0 {width} {height}", "role": "group", "aria-label": title})
    drawn.append(_marker(tip))
    if shown.cloud:
        drawn.extend(_boundary("cloud", f"cloud: {shown.cloud}", CLOUD, spans, height, 0))
    drawn.extend(_boundary("cluster", "cluster", CLUSTER, spans, height, 1))
    drawn.extend(_arrow(one, places, tip) for one in shown.arrows)
    drawn.extend(_box(one, *places[one.name]) for one in shown.boxes)
    return drawn


def _placed(shown: Topology) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
    """Return the corner of each box, and the left and right end of each tier that has boxes."""
    tiers = {tier: [box.name for box in shown.boxes if box.tier == tier] for tier in TIERS}
    rows = max(8, math.isqrt(2 * len(shown.boxes)) + 1)
    tallest = max(min(len(names), rows) for names in tiers.values())
    places: dict[str, tuple[int, int]] = {}
    spans: dict[str, tuple[int, int]] = {}
    x = 2 * PAD
    for tier in TIERS:
        names, left = tiers[tier], x
        if not names:
            continue
        columns = -(-len(names) // rows)
        each = -(-len(names) // columns)
        for index, name in enumerate(names):
            column, row = divmod(index, each)
            top = 4 * PAD + (tallest - each) * (HEIGHT + GAP_Y) // 2
            places[name] = (left + column * (WIDTH + GAP_X), top + row * (HEIGHT + GAP_Y))
        x = left + columns * (WIDTH + GAP_X)
        spans[tier] = (left, x - GAP_X)
    return places, spans


def _boundary(
    kind: str, label: str, tiers: Sequence[str], spans: Mapping[str, tuple[int, int]], height: int, depth: int
) -> Iterator[Element]:
    inside = [spans[tier] for tier in tiers if tier in spans]
    if not inside:
        return
    left, right = inside[0][0] - PAD * (2 - depth) + PAD // 2, inside[-1][1] + PAD * (2 - depth) - PAD // 2
    top = PAD // 2 + depth * PAD
    yield element(
        "rect",
        {
            "class": f"boundary {kind}",
            "x": str(left),
            "y": str(top),
            "width": str(right - left),
            "height": str(height - 2 * top),
            "rx": "8",
        },
    )
    yield element("text", {"class": "boundary-label", "x": str(left + 8), "y": str(top + 13)}, label)


def _marker(tip_id: str) -> Element:
    tip = element("path", {"d": "M0 0 L8 4 L0 8 z", "class": "tip"})
    marker = {"id": tip_id, "viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerWidth": "6", "markerHeight": "6"}
    return element("defs", {}, element("marker", {**marker, "orient": "auto"}, tip))


def _arrow(one: Arrow, places: Mapping[str, tuple[int, int]], tip: str) -> Element:
    (x1, y1), (x2, y2) = places[one.source], places[one.target]
    y1, y2 = y1 + HEIGHT // 2, y2 + HEIGHT // 2
    if x2 > x1:
        x1, bend = x1 + WIDTH, max(GAP_X, (x2 - x1 - WIDTH) // 2)
        curve = f"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    else:  # Back, or within a column: leave and enter at the left.
        bend = GAP_X
        curve = f"M{x1} {y1} C{x1 - bend} {y1} {x2 - bend} {y2} {x2} {y2}"
        if x2 < x1:
            x2 += WIDTH
            curve = f"M{x1} {y1} C{x1 - bend} {y1} {x2 + bend} {y2} {x2} {y2}"
    path = element("path", {"d": curve, "marker-end": f"url(#{tip})"})
    words = f"{_said(one.source)} → {_said(one.target)}" + (f": {one.label}" if one.label else "")
    children = [element("title", {}, words), path]
    if one.label:
        at = {"x": str((x1 + x2) // 2), "y": str((y1 + y2) // 2 - 4), "text-anchor": "middle"}
        children.append(element("text", at, one.label if len(one.label) <= 48 else f"{one.label[:47]}…"))
    return element("g", {"class": "edge", "data-source": one.source, "data-target": one.target}, *children)


def _box(one: Box, x: int, y: int) -> Element:
    shown = _said(one.name)
    short = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
    middle = {"x": str(x + WIDTH // 2), "text-anchor": "middle"}
    return element(
        "a",
        {"class": f"box tier-{one.tier}", "href": anchor(one.name), "data-name": one.name},
        element("title", {}, f"{shown} ({one.kind})"),
        element("rect", {"x": str(x), "y": str(y), "width": str(WIDTH), "height": str(HEIGHT), "rx": "6"}),
        element("text", {**middle, "y": str(y + 15)}, short),
        element("text", {**middle, "class": "kind", "y": str(y + 28)}, one.kind),
    )


def _said(name: str) -> str:
    return "clients" if name == INGRESS else name


def anchor(name: str) -> str:
    """Return the link to a component's row in the table below the drawing."""
    return f"#component-{_said(name)}"
