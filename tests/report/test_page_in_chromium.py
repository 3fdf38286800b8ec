"""The page in Debian's Chromium: every link and filter, the keyboard, both themes, two widths, axe-core, print."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.browser import Page, browser
from support.tools import TOOLS, require_file

pytestmark = pytest.mark.slow

SHOWN = "[...document.querySelectorAll('{}')].filter((one) => one.checkVisibility()).length"


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    with browser() as page:
        yield page


@pytest.fixture
def page(tab: Page, report: Path) -> Page:
    tab.open(report / "index.html")
    return tab


def shown(page: Page, selector: str) -> int:
    return int(page.run(SHOWN.format(selector)))


def choose(page: Page, selector: str, value: str) -> None:
    page.run(
        f"(() => {{ const field = document.querySelector('{selector}'); field.value = '{value}';"
        "for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {bubbles: true})); })()"
    )


def click(page: Page, selector: str) -> None:
    event = "new MouseEvent('click', {bubbles: true, cancelable: true})"
    page.run(f"document.querySelector('{selector}').dispatchEvent({event})")


def complaints(page: Page) -> list[Any]:
    return [one for one in page.events if one.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")]


def test_the_browser_loads_one_file_and_complains_about_nothing(page: Page) -> None:
    page.run("1")
    requests = [one for one in page.events if one.get("method") == "Network.requestWillBeSent"]
    assert len(requests) == 1
    assert complaints(page) == []


@pytest.mark.parametrize("width", [400, 1600])
def test_the_page_does_not_scroll_sideways(tab: Page, report: Path, width: int) -> None:
    tab.open(report / "index.html", width=width)
    assert tab.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "dark"), [(400, True), (1600, False)], ids=["narrow-dark", "wide-light"])
def test_axe_finds_nothing(tab: Page, report: Path, width: int, dark: bool) -> None:
    axe = require_file(TOOLS / "node" / "node_modules" / "axe-core" / "axe.min.js", "make test installs it")
    tab.open(report / "index.html", width=width, dark=dark)
    background = tab.run("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is not dark
    tab.run(axe.read_text() + ";1")
    found = tab.run("axe.run().then((r) => r.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html)]))")
    assert found == []


def test_every_link_leads_to_a_part_of_the_page(page: Page) -> None:
    wrong = "[...document.querySelectorAll('a')].filter((a) => !document.querySelector(a.getAttribute('href')))"
    assert page.run(f"{wrong}.map((a) => a.outerHTML)") == []
    for link in page.run("[...document.querySelectorAll('nav a')].map((a) => a.getAttribute('href'))"):
        click(page, f'nav a[href="{link}"]')
        assert page.run("location.hash") == link


def test_every_field_filters_its_table_and_counts_the_rows(page: Page) -> None:
    fields = page.run("[...document.querySelectorAll('[data-filters]')].map((one) => one.dataset.filters)")
    assert len(fields) >= 8
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    for table in sorted(set(fields)):
        before = shown(page, f"#{table} tbody tr")
        word = page.run(f"document.querySelector('#{table} tbody tr:last-child > *').textContent")
        choose(page, f'[data-filters="{table}"]', word)
        after = shown(page, f"#{table} tbody tr")
        assert 0 < after <= before
        assert (
            page.run(f"document.querySelector('[data-counts=\"{table}\"]').textContent") == f"{after} of {before} rows"
        )
        choose(page, f'[data-filters="{table}"]', "no such word")
        assert shown(page, f"#{table} tbody tr") == 0
        choose(page, f'[data-filters="{table}"]', "")
        assert shown(page, f"#{table} tbody tr") == before


def test_an_environment_hides_the_rows_columns_and_drawings_of_the_others(page: Page) -> None:
    assert shown(page, "figure") == 1
    choose(page, "#environment", "local")
    assert page.run(
        "[...document.querySelectorAll('figure')].filter((f) => !f.hidden).map((f) => f.dataset.environments)"
    ) == ["local"]
    assert shown(page, "#environments-table tbody tr") == 1
    assert shown(page, "#parity-table thead th") == 3
    assert shown(page, "#cost-table tbody tr") == 0
    choose(page, "#environment", "prod")
    assert shown(page, "#capacity-table tbody tr") == 2
    hidden = "[...document.querySelectorAll('#pairs-table tbody tr[hidden]')].map((r) => r.dataset.environments)"
    assert {"prod" in names.split() for names in page.run(hidden)} == {False}


def test_a_component_in_focus_shows_its_connections_until_escape(page: Page) -> None:
    click(page, '.box[data-name="bose-boost"]')
    near = "[...document.querySelectorAll('figure:not([hidden]) .edge.near')].map((e) => e.dataset.target)"
    assert page.run(near) == ["artifacts", "bus", "ledger", "llm"]
    assert "qc.tasks.bose-boost" in page.run("document.getElementById('focus').textContent")
    assert page.run("getComputedStyle(document.querySelector('.edge.near text')).display") == "block"
    page.press("Escape")
    assert shown(page, "#focus") == 0
    assert shown(page, ".edge.near") == 0


def test_the_topology_works_by_keyboard(page: Page) -> None:
    page.run("document.querySelector('.box[data-name=\"bus\"]').focus()")
    page.press("Enter", 13, "\r")
    assert page.run("document.querySelector('[aria-current]').dataset.name") == "bus"
    assert shown(page, "#focus") == 1


def test_a_cell_of_the_matrix_lists_its_pairs(page: Page) -> None:
    before = shown(page, "#pairs-table tbody tr")
    click(page, "#matrix button")
    some = shown(page, "#pairs-table tbody tr")
    assert 0 < some < before
    assert page.run("document.querySelector('#matrix button').getAttribute('aria-pressed')") == "true"
    click(page, "#clear-pair")
    assert shown(page, "#pairs-table tbody tr") == before
    choose(page, '[data-differing="pairs-table"]', "on")
    click(page, '[data-differing="pairs-table"]')
    assert 0 < shown(page, "#pairs-table tbody tr") < before


def test_the_cells_of_the_matrix_cover_every_pair(page: Page) -> None:
    cells = page.run("[...document.querySelectorAll('#matrix button')].map((b) => `${b.dataset.from} ${b.dataset.to}`)")
    pairs = page.run(
        "[...document.querySelectorAll('#pairs-table tbody tr')].map((r) => `${r.dataset.from} ${r.dataset.to}`)"
    )
    assert len(cells) == len(set(cells))
    assert set(cells) == set(pairs)


def test_an_expired_entry_is_marked_on_the_day_that_the_page_is_read(tab: Page, report: Path, tmp_path: Path) -> None:
    text = (report / "index.html").read_text()
    changed = tmp_path / "index.html"
    changed.write_text(text.replace('datetime="2027-03-31"', 'datetime="2020-01-01"'))
    tab.open(changed)
    expired = tab.run("[...document.querySelectorAll('.expired')].map((t) => t.dateTime)")
    assert set(expired) == {"2020-01-01"}


def test_print_shows_all_of_every_table_without_the_controls(page: Page) -> None:
    page.call("Emulation.setEmulatedMedia", media="print")
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert shown(page, ".filters") == 0
    assert page.run("[...document.querySelectorAll('details')].every((one) => one.open)") is True
    assert page.run("getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"
