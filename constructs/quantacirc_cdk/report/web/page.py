"""The whole page: header, navigation, and the sections."""

from pathlib import Path
from xml.etree.ElementTree import Element

from quantacirc_cdk.report.web.changes import changes_section
from quantacirc_cdk.report.web.connections import reachability_section, topology_section
from quantacirc_cdk.report.web.data import ReportData
from quantacirc_cdk.report.web.overview import capacity_section, environments_section
from quantacirc_cdk.report.web.tables import (
    images_section,
    others_section,
    parity_section,
    security_section,
    stacks_section,
)
from quantacirc_cdk.text.html import element, page

_FOLDER = Path(__file__).parent
_SECTIONS = (
    environments_section,
    topology_section,
    reachability_section,
    parity_section,
    capacity_section,
    stacks_section,
    security_section,
    images_section,
    others_section,
)


def as_html(data: ReportData) -> str:
    """Return the page. The same data gives the same bytes."""
    system = data.project.system
    sections = [one(data) for one in _SECTIONS]
    if data.changes is not None:
        sections.insert(0, changes_section(data.changes))
    css, script = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    head = element(
        "header",
        {},
        element("h1", {}, f"{system.name}: report"),
        element("p", {}, system.description or f"The system {system.name}."),
    )
    skip = element("a", {"class": "skip", "href": f"#{sections[0].get('id')}"}, "Skip to the content")
    return page(f"{system.name}: report", css, script, skip, head, _bar(data, sections), element("main", {}, *sections))


def _bar(data: ReportData, sections: list[Element]) -> Element:
    links = [
        element("a", {"href": f"#{one.get('id')}"}, "".join(one.find("h2").itertext()))  # type: ignore[union-attr]
        for one in sections
    ]
    options = [element("option", {"value": ""}, "all"), *(element("option", {"value": one}, one) for one in data.names)]
    chosen = element("select", {"id": "environment", "autocomplete": "off"}, *options)
    choice = element("label", {"class": "choice"}, "Environment ", chosen)
    return element(
        "nav", {"class": "bar", "aria-label": "Sections"}, element("div", {"class": "links"}, *links), choice
    )
