"""Build the documentation site into ``build/site``: the documents, and a reference that is generated from the code.

Runs in ``.tools/docs``, an environment of its own (``requirements/docs.lock``). Opens no connection. A warning, such as
a link that leads nowhere, fails the build.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "docs"
"""The pages that the site is made from: the documents with links that work on the site, and generated pages."""
PYTHON = ROOT / ".tools" / "docs" / "bin" / "python"
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "UPGRADE.md": "upgrade-notes.md",
    "SECURITY.md": "security.md",
    "dist/helm/quantacirc/README.md": "reference/chart-values.md",
}
"""Documents outside ``docs/``, and their places on the site."""
MODULES = {
    "kubernetes": "quantacirc_cdk.kubernetes",
    "terraform": "quantacirc_cdk.terraform",
    "terraform-aws": "quantacirc_cdk.terraform.aws",
    "terraform-gcp": "quantacirc_cdk.terraform.gcp",
    "terraform-azure": "quantacirc_cdk.terraform.azure",
    "helm": "quantacirc_cdk.helm",
    "testing": "quantacirc_cdk.testing",
    "model": "quantacirc_cdk.model",
}
"""Packages of the public interface, each on a page of the reference."""
PICTURES = (".svg", ".webp")
_PICTURE = re.compile(r"(!\[[^\]]*\])\(docs/([^)\s]+)\)")
_LINK = re.compile(r"(?<!!)\[((?:[^\]\[]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_DIAGRAM = re.compile(r"^```mermaid\nflowchart LR\n.*?model.*?^```$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)


def main() -> int:
    write_pages()
    out = ROOT / "build" / "site"
    command = [str(PYTHON), "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "true", "PYTHONWARNINGS": "ignore::DeprecationWarning"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode == 0:
        print(f"{out.relative_to(ROOT)}: {sum(1 for _ in out.rglob('*.html'))} pages")
    return done.returncode


def write_pages() -> None:
    """Write all pages into ``build/docs``."""
    shutil.rmtree(BUILD, ignore_errors=True)
    places = {path: path.relative_to(ROOT / "docs").as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))}
    places = {path: "runbooks/index.md" if place == "runbooks/README.md" else place for path, place in places.items()}
    places |= {ROOT / source: place for source, place in PAGES.items()}
    for path, place in places.items():
        _write(place, _linked(path.read_text(encoding="utf-8"), path.parent, place, places))
    for picture in (ROOT / "docs").glob("*.*"):
        if picture.suffix in PICTURES:
            shutil.copyfile(picture, BUILD / picture.name)
    for name, module in MODULES.items():
        _write(f"reference/{name}.md", f"# `{module}`\n\n::: {module}\n")
    _write("reference/cli.md", _cli_page())


def _write(place: str, text: str) -> None:
    path = BUILD / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _linked(text: str, folder: Path, place: str, places: Mapping[Path, str]) -> str:
    """Return a document with links to the site's pages; a link to a file of the repository becomes its path."""

    def changed(found: re.Match[str]) -> str:
        label, target = found[1], found[2]
        file, hash_, fragment = target.partition("#")
        if re.match(r"[a-z]+:", target) or not file:
            return found[0]
        path = (folder / file).resolve()
        page = places.get(path) or places.get(path / "README.md")
        if page:
            start = os.path.dirname(place)  # noqa: PTH120 - a place on the site is no path
            return f"[{label}]({os.path.relpath(page, start or '.')}{hash_}{fragment})"
        if not path.exists():
            sys.exit(f"error: {folder.relative_to(ROOT)}: {target}: no such file")
        shown = f"`{path.relative_to(ROOT).as_posix()}`"
        return shown if label.strip("`") in target else f"{label} ({shown})"

    picture = f"![Architecture]({os.path.relpath('architecture.svg', os.path.dirname(place) or '.')})"  # noqa: PTH120
    text = _PICTURE.sub(rf"\1({os.path.relpath('.', os.path.dirname(place) or '.')}/\2)", text)  # noqa: PTH120
    text = _DIAGRAM.sub(picture, text)  # Mermaid would come from the network.
    text = re.sub(r"^(```\w+) .*$", r"\1", text, flags=re.MULTILINE)  # `sh cluster`: a mark for the tests
    return "".join(part if part.startswith("```") else _LINK.sub(changed, part) for part in _FENCE.split(text))


def _cli_page() -> str:
    """Return the help of every command."""
    lines = ["# Command line", "", "The help of each command, as `qcdk COMMAND --help` prints it.", ""]
    for command, text in _helps():
        lines += [f"## `qcdk {command}`".replace(" `", " `").rstrip(), "", "```text", text.rstrip(), "```", ""]
    return "\n".join(lines)


def _helps() -> Iterator[tuple[str, str]]:
    sys.path.insert(0, str(ROOT / "constructs"))
    os.environ |= {"COLUMNS": "100", "NO_COLOR": "1"}
    import argparse

    from quantacirc_cdk.cli.main import _parser

    parser = _parser()
    yield "", parser.format_help()
    (commands,) = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    for name, command in commands.choices.items():
        yield name, command.format_help()


if __name__ == "__main__":
    sys.exit(main())
