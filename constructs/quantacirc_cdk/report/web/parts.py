"""Parts that all sections of the page use."""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from quantacirc_cdk.limits.quantity import GIBIBYTE
from quantacirc_cdk.text.html import Child, element

Cell = Element | str


def section(name: str, title: str, intro: str, *children: Child) -> Element:
    """Return a section with a heading, which the navigation links to."""
    heading = element("h2", {"id": f"{name}-title"}, title)
    attributes: dict[str, str | None] = {"id": name, "aria-labelledby": f"{name}-title"}
    return element("section", attributes, heading, element("p", {}, intro), *children)


def row(cells: Sequence[Cell], environments: Sequence[str] = (), **attributes: str) -> Element:
    """Return a row of a table; the choice of an environment that is not in ``environments`` hides it."""
    found: dict[str, str | None] = {**attributes, "data-environments": " ".join(environments) or None}
    return element("tr", found, *(one if _is_cell(one) else element("td", {}, one) for one in cells))


def table(name: str, label: str, columns: Sequence[Cell], rows: Iterable[Element]) -> Element:
    """Return a table that scrolls sideways when it is wider than the page."""
    head = element("tr", {}, *(one if _is_cell(one) else element("th", {"scope": "col"}, one) for one in columns))
    inner = element("table", {"id": name}, element("thead", {}, head), element("tbody", {}, *rows))
    return element("div", {"class": "scroll", "role": "group", "aria-label": label, "tabindex": "0"}, inner)


def searched(name: str, label: str, found: Element) -> Element:
    """Return a table with a field that filters its rows by their text."""
    search = element("input", {"type": "search", "data-filters": name, "autocomplete": "off", "spellcheck": "false"})
    count = element("output", {"data-counts": name})
    bar = element("div", {"class": "filters"}, element("label", {}, f"{label} ", search), count)
    return element("div", {}, bar, found)


def _is_cell(one: Cell) -> bool:
    return isinstance(one, Element) and one.tag in ("td", "th")


def number(text: str) -> Element:
    """Return a cell that is aligned to the right."""
    return element("td", {"class": "number"}, text)


def heading(*children: Child) -> Element:
    """Return the first cell of a row."""
    return element("th", {"scope": "row"}, *children)


def code(text: str) -> Element:
    """Return a name or a value."""
    return element("code", {}, text)


def where(environments: Sequence[str], all_of_them: Sequence[str]) -> str:
    """Return names of environments, or "all"."""
    return "all" if list(environments) == list(all_of_them) else ", ".join(environments)


def folded(summary: Child, *children: Child) -> Element:
    """Return content that a click shows."""
    return element("details", {}, element("summary", {}, summary), *children)


def cores(millicores: int) -> str:
    """Return an amount of CPU."""
    return f"{millicores / 1000:,.1f}"


def gibibytes(amount: int) -> str:
    """Return an amount of bytes in GiB."""
    return f"{amount / GIBIBYTE:,.1f}"


def money(amount: float) -> str:
    """Return a rounded amount: an estimate has no cents."""
    return f"{amount:,.0f}"
