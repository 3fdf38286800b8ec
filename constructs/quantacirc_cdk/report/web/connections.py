"""Sections about connections: the declared topology, and what network policies allow."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from quantacirc_cdk.report.drawing import Topology, anchor, draw, topology
from quantacirc_cdk.report.grouping import alike_endpoints
from quantacirc_cdk.report.pages import runs
from quantacirc_cdk.report.topology import INGRESS
from quantacirc_cdk.report.web.data import ReportData
from quantacirc_cdk.report.web.parts import Cell, code, folded, heading, row, searched, section, table, where
from quantacirc_cdk.text.html import element

MOST_GROUPS = 60
"""Maximum rows and columns of the matrix; its size grows with their product."""


def topology_section(data: ReportData) -> Element:
    """Return the drawings, and a table of all components and connections."""
    drawings: dict[Topology, list[str]] = defaultdict(list)
    for name, site in data.sites.items():
        drawings[topology(site)].append(name)
    figures = [
        element(
            "figure",
            {"class": "topology", "data-environments": " ".join(names)},
            element("figcaption", {}, f"Environments: {', '.join(names)}"),
            element(
                "div",
                {"class": "scroll", "role": "group", "aria-label": f"Topology of {', '.join(names)}", "tabindex": "0"},
                draw(found, f"Topology of {', '.join(names)}", f"tip-{names[0]}"),
            ),
        )
        for found, names in drawings.items()
    ]
    panel = element("div", {"id": "focus", "class": "panel", "aria-live": "polite", "hidden": ""})
    intro = (
        "Who opens connections to whom, as the model declares it. Select a component to see only its connections; "
        "Escape shows all. Arrows point to the component that listens."
    )
    return section("topology", "Topology", intro, panel, *figures, _components(data), _declared(drawings, data.names))


def _components(data: ReportData) -> Element:
    system, sites = data.project.system, data.sites
    names = [*sorted(system.components), *sorted(system.externals)]
    rows = [
        row(
            [
                heading(name),
                part.kind if (part := system.components.get(name)) else "external",
                part.description if part else system.externals[name].description,
                *(_cell(runs(name, site) if part else "", key) for key, site in sites.items()),
            ],
            id=anchor(name)[1:],
        )
        for name in names
    ]
    rows.insert(0, row([heading("clients"), "", "Everything outside the cluster that may connect.", *[""] * len(sites)],
                       id=anchor(INGRESS)[1:]))  # fmt: skip
    columns: list[Cell] = ["component", "kind", "purpose", *(_column(name) for name in sites)]
    return searched("components-table", "Find a component", table("components-table", "Components", columns, rows))


def _cell(text: str, environment: str) -> Element:
    return element("td", {"data-environments": environment}, text)


def _column(environment: str) -> Element:
    return element("th", {"scope": "col", "data-environments": environment}, environment)


def _declared(drawings: Mapping[Topology, Sequence[str]], names: Sequence[str]) -> Element:
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for drawing, environments in drawings.items():
        for one in drawing.arrows:
            found[one.source, one.target, one.label].update(environments)
    rows = []
    for (source, target, label), having in sorted(found.items()):
        some = [name for name in names if name in having]
        source, target = ("clients" if one == INGRESS else one for one in (source, target))
        rows.append(row([heading(source), target, label, where(some, names)], some))
    columns = ["from", "to", "subjects, or purpose", "environments"]
    inner = searched("declared-table", "Find", table("declared-table", "Declared connections", columns, rows))
    return folded(f"All {len(rows)} declared connections", inner)


def reachability_section(data: ReportData) -> Element:
    """Return the connections that network policies allow, as a matrix and as a list, both filterable."""
    names = [matrix["environment"] for matrix in data.matrices]
    pairs: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for matrix in data.matrices:
        for one in matrix["open"]:
            pairs[one["source"], one["target"], ", ".join(one["ports"])].append(matrix["environment"])
    groups = alike_endpoints(data.matrices)
    of = {name: index for index, group in enumerate(groups) for name in group}
    rows = [
        row(
            [heading(source), target, ports, where(found, names)],
            found,
            **{"data-from": str(of[source]), "data-to": str(of[target]), "data-same": str(found == names).lower()},
        )
        for (source, target, ports), found in sorted(pairs.items())
    ]
    counts = [
        row(
            [heading(one["environment"]), str(one["pairs"]), str(len(one["open"])), str(one["denied"])],
            [one["environment"]],
        )
        for one in data.matrices
    ]
    intro = (
        "Computed from the network policies of the manifests, for every ordered pair of workloads, and of workloads "
        "and the peers outside the namespace. A pair that is not listed cannot connect."
    )
    return section(
        "reachability",
        "Reachability",
        intro,
        table("counts-table", "Pairs by environment", ["environment", "pairs", "open", "denied"], counts),
        *_matrix(pairs, groups, of, names),
        _filters(),
        table("pairs-table", "Open connections", ["from", "to", "ports", "environments"], rows),
    )


def _filters() -> Element:
    def field(label: str, column: str) -> Element:
        attributes = {"type": "search", "data-filters": "pairs-table", "data-column": column, "autocomplete": "off"}
        return element("label", {}, f"{label} ", element("input", {**attributes, "spellcheck": "false"}))

    differing = element("input", {"type": "checkbox", "data-differing": "pairs-table"})
    chosen = element("button", {"type": "button", "id": "clear-pair", "hidden": ""}, "Show all pairs")
    return element(
        "div",
        {"class": "filters"},
        field("From", "0"),
        field("To", "1"),
        field("Port", "2"),
        element("label", {}, differing, " Only where environments differ"),
        chosen,
        element("output", {"data-counts": "pairs-table"}),
    )


def _matrix(
    pairs: Mapping[tuple[str, str, str], Sequence[str]],
    groups: Sequence[tuple[str, ...]],
    of: Mapping[str, int],
    names: Sequence[str],
) -> Iterator[Element]:
    if not groups or len(groups) > MOST_GROUPS:
        yield element("p", {}, f"There are {len(groups)} groups of like endpoints, too many for a matrix.")
        return
    cells: dict[tuple[int, int], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (source, target, ports), found in pairs.items():
        for environment in found:
            cells[of[source], of[target]][ports].add(environment)
    sources = sorted({source for source, _ in cells})
    targets = sorted({target for _, target in cells})
    corner = element("th", {"scope": "col"}, "from \\ to")
    columns = [corner, *(element("th", {"scope": "col", "class": "turned"}, _label(groups[one])) for one in targets)]
    rows = [
        row([heading(_label(groups[source])), *(_open(cells, source, target, names) for target in targets)])
        for source in sources
    ]
    yield element(
        "p", {}, "Select a cell to list its pairs. Endpoints with the same connections share a row and a column."
    )
    matrix = table("matrix", "Reachability matrix", columns, rows)
    matrix.set("class", "scroll matrix")
    yield matrix
    many = [group for group in groups if len(group) > 1]
    if many:
        lines = [element("li", {}, code(_label(group)), f": {', '.join(group)}") for group in many]
        yield folded(f"{len(many)} groups of like endpoints", element("ul", {}, *lines))


def _label(group: Sequence[str]) -> str:
    return group[0] if len(group) == 1 else f"{group[0]} + {len(group) - 1}"


def _open(
    cells: Mapping[tuple[int, int], Mapping[str, set[str]]], source: int, target: int, names: Sequence[str]
) -> Element:
    if (source, target) not in cells:
        return element("td", {"class": "closed"})
    found = cells[source, target]
    some = [name for name in names if any(name in environments for environments in found.values())]
    numbers = sorted(
        {int(port.partition("/")[0]) for ports in found for port in ports.split(", ") if port[0].isdigit()}
    )
    short = str(numbers[0]) + ("…" if len(numbers) > 1 else "") if numbers else "any"
    title = f"{'; '.join(sorted(found))} in {where(some, names)}"
    attributes = {"type": "button", "data-from": str(source), "data-to": str(target), "title": title}
    button = element("button", attributes, short)
    return element("td", {"data-environments": " ".join(some)}, button)
