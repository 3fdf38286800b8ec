"""The documentation site: it builds without a warning, has every document, and works from a disk."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.tools import ROOT, TOOLS, require_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site() -> Path:
    require_file(TOOLS / "docs" / "bin" / "mkdocs", "make docs installs it")
    run = subprocess.run([sys.executable, "tools/site.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return ROOT / "build" / "site"


def test_every_document_is_a_page(site: Path) -> None:
    documents = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    missing = {path.as_posix() for path in documents if not (site / path).is_file()}
    assert missing == {"runbooks/README.html"}  # It is the index of its folder.
    assert (site / "runbooks" / "index.html").is_file()


def test_the_reference_has_constructs_with_props_commands_and_keys(site: Path) -> None:
    def text(name: str) -> str:
        return (site / "reference" / f"{name}.html").read_text()

    assert 'id="quantacirc_cdk.kubernetes.GeneratedServiceProps.port"' in text("kubernetes")
    assert 'id="quantacirc_cdk.testing.assert_parity"' in text("testing")
    assert "qcdk diff" in text("cli")
    assert "kubernetes_version" in (site / "schemas" / "reference.html").read_text()
    assert "persistence" in text("chart-values")


def test_every_link_between_pages_leads_somewhere(site: Path) -> None:
    links = [
        (page, link)
        for page in site.rglob("*.html")
        if page.name != "404.html"
        for link in re.findall(r'href="([^"#:]+)(?:#[^"]*)?"', page.read_text())
    ]
    assert len(links) > 1000
    wrong = [f"{page.relative_to(site)}: {link}" for page, link in links if not (page.parent / link).exists()]
    assert wrong == []


def test_no_page_loads_anything_from_the_network(site: Path) -> None:
    loaded = re.compile(
        r'<(?:script|img|iframe)[^>]* src="https?:[^"]+"|<link[^>]* rel="stylesheet"[^>]* href="https?:[^"]+"'
    )
    assert [found[0] for page in site.rglob("*.html") for found in loaded.finditer(page.read_text())] == []
