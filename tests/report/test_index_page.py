"""``index.html``: one file that loads nothing, in which all text is text and all links lead somewhere."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.manifests import read_objects
from quantacirc_cdk.model import Project
from quantacirc_cdk.report.drawing import topology
from quantacirc_cdk.report.prices import load_prices
from quantacirc_cdk.report.stacks import stack_resources
from quantacirc_cdk.report.waivers import accepted
from quantacirc_cdk.report.web import ReportData, as_html
from quantacirc_cdk.text.html import element, page
from support.tools import ROOT

pytestmark = pytest.mark.integration

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Reader(HTMLParser):
    """The elements of a page; fails where an end tag does not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.content: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.content[self.open[-1]] = self.content.get(self.open[-1], "") + data

    def values(self, attribute: str) -> list[str]:
        return [value for _, each in self.elements if (value := each.get(attribute)) is not None]


@pytest.fixture(scope="module")
def html(report: Path) -> Reader:
    return Reader((report / "index.html").read_text())


def data(project: Project, **changes: Any) -> ReportData:
    names = sorted(project.environments)
    parts: dict[str, Any] = {
        "project": project,
        "objects": {name: read_objects(ROOT / "dist" / "kubernetes" / name) for name in names},
        "matrices": [],
        "parity": {"environments": names, "declared": 0, "parameters": [], "without_values": []},
        "stacks": [],
        "accepted": [],
        "prices": load_prices(ROOT),
        "left_out": [],
    }
    return ReportData(**{**parts, **changes})


@pytest.mark.slow
def test_the_page_loads_nothing_and_runs_only_its_own_script(html: Reader) -> None:
    assert html.values("src") == []
    assert not {tag for tag, _ in html.elements} & {"link", "img", "iframe", "object", "base", "form"}
    assert [value for value in html.values("href") if not value.startswith("#")] == []
    assert [key for _, each in html.elements for key in each if key == "style" or key.startswith("on")] == []
    (policy,) = [each["content"] or "" for _, each in html.elements if each.get("http-equiv")]
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(html.content[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(
        r"url\((?!#)|@import|fetch\(|innerHTML|XMLHttpRequest", html.content["style"] + html.content["script"]
    )


def test_every_link_leads_to_one_element(html: Reader) -> None:
    ids = html.values("id")
    assert len(ids) == len(set(ids))
    targets = [value[1:] for value in html.values("href")] + html.values("aria-labelledby")
    targets += html.values("data-filters") + html.values("data-counts") + html.values("data-differing")
    assert len(targets) > 40
    assert [target for target in targets if target not in ids] == []


def test_text_of_the_model_stays_text(project: Project) -> None:
    hostile = "</title><script>alert(1)</script> \"'&amp; \x1b"
    parameters = [{"path": hostile, "reason": hostile, "undeclared": False, "values": {"dev": hostile, "prod": "<b>"}}]
    found = as_html(
        data(
            project,
            parity={"environments": ["dev", "prod"], "declared": 1, "parameters": parameters, "without_values": []},
        )
    )
    page_of = Reader(found)
    assert [tag for tag, _ in page_of.elements].count("script") == 1
    assert "\x1b" not in found
    assert hostile.replace("\x1b", "\\x1b") in page_of.content["code"]


def test_a_style_sheet_that_ends_its_element_is_refused() -> None:
    with pytest.raises(ValueError, match="style"):
        page("t", "</style><script>", "", element("p"))


@pytest.mark.slow
def test_the_same_data_gives_the_same_bytes(project: Project) -> None:
    assert as_html(data(project)) == as_html(data(project))


def test_the_page_has_no_more_than_a_third_of_a_megabyte(report: Path) -> None:
    assert (report / "index.html").stat().st_size < 330_000


def test_each_environment_has_a_drawing_and_each_component_a_box_and_a_row(html: Reader, project: Project) -> None:
    drawn = [value.split() for tag, each in html.elements if tag == "figure" and (value := each["data-environments"])]
    assert sorted(name for names in drawn for name in names) == sorted(project.environments)
    assert project.system.components.keys() | project.system.externals.keys() <= set(html.values("data-name"))
    assert {f"component-{name}" for name in project.system.components} <= set(html.values("id"))


def test_a_managed_store_is_drawn_in_the_cloud_and_an_embedded_one_in_the_cluster(project: Project) -> None:
    sites = data(project).sites
    tiers = {name: {box.name: box.tier for box in topology(site).boxes} for name, site in sites.items()}
    assert tiers["prod"]["ledger"] == "managed"
    assert tiers["local"]["ledger"] == "stores"
    assert tiers["prod"]["llm"] == "elsewhere"
    assert (topology(sites["prod"]).cloud, topology(sites["local"]).cloud) == ("aws", "")


def test_an_arrow_to_the_bus_names_the_subjects(project: Project) -> None:
    labels = {(one.source, one.target): one.label for one in topology(data(project).sites["prod"]).arrows}
    assert labels["pauli-guard", "bus"].startswith("← qc.tasks.pauli-guard, → qc.results.pauli-guard")


def test_cloud_resources_are_those_of_the_stacks(report: Path, project: Project) -> None:
    targets = {name: one.target for name, one in project.environments.items()}
    found = {one.stack: one.types for one in stack_resources(ROOT / "dist" / "terraform" / "stacks", targets)}
    assert "ledger" in found["prod-aws"]["aws_db_instance"]
    assert {"dev-aws", "dev-aws-bootstrap", "prod-aws", "staging-aws"} <= found.keys()
    text = (report / "index.html").read_text()
    assert all(kind in text for types in found.values() for kind in types)


def test_every_accepted_finding_is_there_with_its_day(report: Path) -> None:
    found = accepted(ROOT)
    assert len(found) > 3
    page_of = Reader((report / "index.html").read_text())
    assert sorted(page_of.values("datetime")) == sorted(one.expires.isoformat() for one in found)
