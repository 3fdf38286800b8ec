"""The topology of an environment as Mermaid, JSON, SVG and PNG: ``qcdk graph``."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element, tostring

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.report.drawing import CLUSTER, Box, Topology, draw, topology
from quantacirc_cdk.report.topology import INGRESS
from quantacirc_cdk.text.html import element
from quantacirc_cdk.text.mermaid import identifier, label

_STYLE = """\
svg { background: #fff }
text { font: 12px sans-serif; fill: #1a1f26 }
.kind, .boundary-label, .legend { font-size: 10px; fill: #4b5563 }
.boundary { fill: none; stroke: #6b7280; stroke-dasharray: 5 4 }
.boundary.cloud { fill: #f3f4f6 }
.boundary.cluster { fill: #fff }
.box rect { fill: #dbeafe; stroke: #6b7280 }
.box.tier-clients rect, .box.tier-elsewhere rect { fill: #e5e7eb }
.box.tier-entrance rect { fill: #dcfce7 }
.box.tier-stores rect { fill: #fef3c7 }
.box.tier-managed rect { fill: #ede9fe }
.edge path { fill: none; stroke: #6b7280; stroke-opacity: 0.7 }
.tip { fill: #6b7280 }
"""
_LINE, _LETTER = 15, 6
"""Height of a line below the drawing, and width of a letter at most, both in pixels."""
_FONTS = ("DejaVu Sans", "Liberation Sans", "Noto Sans", "Helvetica", "Arial", "Segoe UI", "Roboto", "FreeSans")
"""Fonts of a PNG, one of which most machines have."""
_SCALE = 2
"""Pixels of a PNG for each pixel of the drawing."""


def graph(site: Site) -> Topology:
    """Return what is where, and who connects to whom; the arrows of clients have the public addresses."""
    found = topology(site)
    arrows = (
        dataclasses.replace(one, label=", ".join(_addresses(site, one.target)) or one.label)
        if one.source == INGRESS
        else one
        for one in found.arrows
    )
    return dataclasses.replace(found, arrows=tuple(arrows))


def _addresses(site: Site, name: str) -> Iterator[str]:
    for way in site.ways_in.get(name, ()):
        port = f":{way.route.external_port}" if way.route.external_port else ""
        yield from (f"{host}{port}{path}" for host in way.hosts for path in way.route.paths)
        if not way.hosts:
            yield f"{way.route.protocol} {way.route.external_port or way.port.port}"


def as_json(site: Site) -> str:
    """Return the graph as JSON: nodes, edges with their subjects, and ways in."""
    shown = graph(site)
    document = {
        "system": site.system.name,
        "environment": site.environment.name,
        "cloud": shown.cloud or None,
        "nodes": [_node(site, box) for box in shown.boxes if box.name != INGRESS],
        "edges": [_edge(site, one.source, one.target, one.label) for one in shown.arrows if one.source != INGRESS],
        "ways_in": [
            {"component": one.target, "addresses": list(_addresses(site, one.target))}
            for one in shown.arrows
            if one.source == INGRESS
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _node(site: Site, box: Box) -> dict[str, Any]:
    part = site.system.components.get(box.name)
    found = part or site.system.externals[box.name]
    return {"name": box.name, "kind": box.kind, "place": _place(box), "description": getattr(found, "description", "")}


def _place(box: Box) -> str:
    return "cluster" if box.tier in CLUSTER else "cloud" if box.tier == "managed" else "elsewhere"


def _edge(site: Site, source: str, target: str, said: str) -> dict[str, Any]:
    part = site.system.components.get(source)
    found: dict[str, Any] = {"source": source, "target": target}
    if isinstance(part, Program) and target == part.bus_in(site.system):
        return {**found, "consumes": list(part.consumes), "publishes": list(part.publishes)}
    return {**found, "purpose": said} if said else found


def as_mermaid(site: Site) -> str:
    """Return the graph as a Mermaid flowchart, with a subgraph for the cluster and one for the cloud."""
    shown = graph(site)
    groups: dict[str, list[Box]] = {"cluster": [], "cloud": [], "elsewhere": []}
    for box in shown.boxes:
        groups[_place(box)].append(box)
    cluster = ["subgraph _cluster[cluster]", *(f"  {_shape(site, box)}" for box in groups["cluster"]), "end"]
    inside = [*cluster, *(_shape(site, box) for box in groups["cloud"])]
    if shown.cloud:
        inside = [f"subgraph _cloud[{label(f'cloud: {shown.cloud}')}]", *(f"  {line}" for line in inside), "end"]
    lines = ["flowchart LR", *(f"  {line}" for line in (*inside, *(_shape(site, box) for box in groups["elsewhere"])))]
    for one in shown.arrows:
        arrow = f"-- {label(one.label)} -->" if one.label else "-->"
        lines.append(f"  {_identifier(one.source)} {arrow} {_identifier(one.target)}")
    return "\n".join(lines) + "\n"


def _name(name: str) -> str:
    return "clients" if name == INGRESS else name


def _identifier(name: str) -> str:
    return "_clients" if name == INGRESS else identifier(name)


def _shape(site: Site, box: Box) -> str:
    part = site.system.components.get(box.name)
    if box.name == INGRESS:
        return '_clients(("clients"))'
    opening, closing = part.shape if part else (">", "]")
    return f"{_identifier(box.name)}{opening}{label(box.name)}{closing}"


def as_svg(site: Site) -> str:
    """Return the graph as an SVG image that loads nothing. The subjects and addresses are below the drawing."""
    title = f"{site.system.name} in {site.environment.name}"
    shown = graph(site)
    drawing = draw(shown, title)
    for one in drawing.iter("a"):
        one.tag = "g"  # The links lead to places of a page.
        del one.attrib["href"]
    for one in drawing.iter("g"):
        for text in one.findall("text") if one.get("class") == "edge" else ():
            one.remove(text)  # Beside others, it would be unreadable; a page shows one at a time.
    width, height = map(int, drawing.attrib["viewBox"].split()[2:])
    lines = [f"{_name(one.source)} → {_name(one.target)}: {one.label}" for one in shown.arrows if one.label]
    for index, line in enumerate(lines):
        place = {"class": "legend", "x": "16", "y": str(height + _LINE * (index + 1))}
        drawing.append(element("text", place, line))
    width = max(width, max(map(len, lines), default=0) * _LETTER + 32)
    height += _LINE * (len(lines) + 1) if lines else 0
    drawing.attrib = {
        "xmlns": "http://www.w3.org/2000/svg",
        "width": str(width),
        "height": str(height),
        "viewBox": f"0 0 {width} {height}",
        "role": "img",
        "aria-label": title,
    }
    drawing.insert(0, element("title", {}, title))
    drawing.insert(1, element("style", {}, _STYLE))
    return tostring(drawing, encoding="unicode") + "\n"


def as_png(site: Site) -> bytes:
    """Return the graph as a PNG image. Raises ``PropsError`` without the extra ``png``, and without any font."""
    family = font()
    if family is None:
        raise PropsError(f"a PNG needs a font, found none of {', '.join(_FONTS)}, expected one, or --format svg")
    return _rasterized(as_svg(site), family, _SCALE)


def font() -> str | None:
    """Return a font of this machine that PNG images can use; None without one. Raises ``PropsError`` without the
    extra ``png``.
    """
    # resvg leaves out text without a font, and says nothing.
    empty, letter = (tostring(_probe(text), encoding="unicode") for text in ("", "x"))
    return next((one for one in _FONTS if _rasterized(letter, one, 1) != _rasterized(empty, one, 1)), None)


def _rasterized(svg: str, family: str, zoom: int) -> bytes:
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise PropsError(
            "a PNG needs the package resvg-py, expected `pip install 'quantacirc-cdk[png]'`, or --format svg"
        ) from None
    return bytes(svg_to_bytes(svg_string=svg, sans_serif_family=family, zoom=zoom, background="#ffffff"))


def _probe(text: str) -> Element:
    attributes = {"xmlns": "http://www.w3.org/2000/svg", "width": "20", "height": "20"}
    return element("svg", attributes, element("text", {"y": "15", "font-family": "sans-serif"}, text))


FORMATS: dict[str, Callable[[Site], str | bytes]] = {
    "mermaid": as_mermaid,
    "json": as_json,
    "svg": as_svg,
    "png": as_png,
}
