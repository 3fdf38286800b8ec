"""The parts of the output, and their dependencies."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from quantacirc_cdk.errors import alike
from quantacirc_cdk.node import spare
from quantacirc_cdk.synth.own_apps import passes_on

PACKAGE = Path(__file__).resolve().parents[1]
"""Folder of this package, with the default apps in ``apps/``."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A folder of the output, and the app that writes it."""

    name: str
    app: str
    """File with ``synthesize(project_root, outdir, environments)``: the project's, else this package's."""

    by_environment: tuple[str, ...] = ()
    """Patterns of folders that belong to a single environment, with ``{environment}`` and ``{cloud}``."""
    shared: tuple[str, ...] = ()
    """Files with facts of all environments; a run for one environment needs all environments to write them."""
    needs: tuple[str, ...] = ()
    """Parts whose files this one reads; they are complete beside ``outdir`` when its app runs."""
    takes: tuple[str, ...] = ()
    """Parts that pass data to this one through ``handover``; its app runs in parallel to theirs."""
    target: Literal["", "local", "cloud"] = ""
    """Which environments the package's app has something to write of; by default all."""
    engine: tuple[str, ...] = ()
    """Python packages of the jsii libraries that its app loads, in order; none if it uses no jsii."""
    plain: bool = False
    """Whether this package's app uses jsii only for kinds of other packages and for unusual data."""

    @property
    def whole(self) -> bool:
        """Whether the app always runs for all environments."""
        return bool(self.shared) or not self.by_environment

    def file(self, root: Path) -> Path:
        """Return the app of the project below ``root``, or else this package's."""
        own = root / self.app
        return own if os.path.lexists(own) else PACKAGE / self.app

    def is_built_in(self, root: Path) -> bool:
        """Return whether the app of the project below ``root`` is this package's."""
        file = self.file(root)
        return file == PACKAGE / self.app or passes_on(file, file.stem)

    def replaced(self, environments: Sequence[str] | None) -> list[str]:
        """Return what a run replaces, relative to the output: everything, or the folders of ``environments``."""
        if environments is None or not self.by_environment:
            return [self.name]
        folders = {
            pattern.format(environment=name, cloud=cloud)
            for pattern in self.by_environment
            for name in environments
            for cloud in ("aws", "gcp", "azure", "local")
        }
        return [f"{self.name}/{place}" for place in (*sorted(folders), *self.shared)]


def misspelt_app(root: Path) -> tuple[Path, str] | None:
    """Return a file of the project with an app whose name is almost that of a part's app, and that name."""
    known = {Path(part.app).stem for part in PARTS}
    for file in sorted((root / "apps").glob("*.py")):
        if file.stem not in known and (meant := alike(file.stem, known)) and b"def synthesize(" in file.read_bytes():
            return file, f"apps/{meant}.py"
    return None


CDK8S, CDKTF = ("constructs", "cdk8s"), ("constructs", "cdktf")

# The slowest parts and those that others need come first; a part comes after those it needs.
PARTS = (
    Part(name="kubernetes", app="apps/workloads.py", by_environment=("{environment}",), engine=CDK8S, plain=True),
    Part(
        name="terraform",
        app="apps/infrastructure.py",
        by_environment=("stacks/{environment}-{cloud}", "stacks/{environment}-{cloud}-bootstrap"),
        shared=("manifest.json", "modules"),
        target="cloud",
        engine=CDKTF,
        plain=True,
    ),
    Part(name="helm", app="apps/chart.py", takes=("kubernetes",)),
    Part(name="compose", app="apps/compose.py", takes=("kubernetes",), target="local"),
    Part(name="report", app="apps/report.py", needs=("terraform",), takes=("kubernetes", "helm", "compose")),
    Part(name="cicd", app="apps/pipeline.py"),
    Part(name="gitops", app="apps/gitops.py", takes=("kubernetes",)),
    Part(name="operations", app="apps/operations.py"),
)


def start_engines(root: Path, only: Collection[str] | None, affected: Collection[str] | None = None) -> None:
    """Start the Node.js of the chosen parts, or of all for None, so that it loads libraries beside what follows.

    With ``affected``, only of those: the others probably do not run.
    Call it before the slow imports of this process. A process that no app adopts ends with this one.
    """
    chosen = [part for part in PARTS if not only or part.name in only]
    names = {name for part in chosen for name in (part.name, *part.needs, *part.takes)}
    for part in PARTS:
        used = part.engine and not (part.plain and part.is_built_in(root))
        if used and part.name in names and (affected is None or part.name in affected):
            spare.prepare(part.engine)
