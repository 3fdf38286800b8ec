"""Whether a change of the model changes what is generated."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from quantacirc_cdk.apps import compose, gitops, operations, pipeline, report, workloads
from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.kubernetes.engine import cdk8s
from quantacirc_cdk.kubernetes.manifest import to_be_written
from quantacirc_cdk.kubernetes.system import SystemChart
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, BootstrapStack, EnvironmentStack, bootstrap_name, stack_name
from support.rich import Json, scenarios, write

Outputs = dict[str, bytes]


def _manifests(root: Path, out: Path, _: None) -> None:
    """Write the objects as one text: the files of the real app take as long as all the rest."""
    project, app = load_project(root), cdk8s.App(outdir=str(out))
    for name, environment in project.environments.items():
        SystemChart(app, name, system=project.system, environment=environment, source=project.sources[name])
    (out / "objects.json").write_text(to_be_written(app))


def _stacks(root: Path, out: Path, _: None) -> None:
    """Write the stacks without the modules, which are the same for every project."""
    project = load_project(root)
    app = App(outdir=out)
    for environment in project.environments.values():
        if environment.cloud is not None:
            EnvironmentStack(app, stack_name(environment), system=project.system, environment=environment)
            BootstrapStack(app, bootstrap_name(environment), system=project.system, environment=environment)
    app.synth()


def _derived(root: Path, out: Path, _: None) -> None:
    """Write what is derived from the files of the manifests."""
    workloads.synthesize(root, out / "kubernetes", None)
    (out / "compose").mkdir()
    compose.synthesize(root, out / "compose", None)
    (out / "report").mkdir()
    report.synthesize(root, out / "report", None)


PARTS: dict[str, Callable[[Path, Path, None], None]] = {
    "operations": operations.synthesize,
    "gitops": gitops.synthesize,
    "cicd": pipeline.synthesize,
    "kubernetes": _manifests,
    "terraform": _stacks,
    "derived": _derived,
}


class Refused(Exception):  # noqa: N818
    """The model or a construct refuses a change; says where."""

    def __init__(self, error: QuantacircError) -> None:
        super().__init__(str(error))
        self.placed = all(problem.file and problem.line for problem in error.problems)


@cache
def before(scenario: str, part: str) -> Outputs:
    """Return what a part gives before any change."""
    return _output(*scenarios()[scenario], part)


def changes_output(scenario: str, system: Json, environment: Json, *, first: str = "kubernetes") -> str | None:
    """Return a part whose output differs from that of the scenario, looking at `first` first; raises `Refused`."""
    order = sorted(PARTS, key=lambda part: part != first)
    return next((part for part in order if _output(system, environment, part) != before(scenario, part)), None)


def _output(system: Json, environment: Json, part: str) -> Outputs:
    folder = Path(tempfile.mkdtemp(prefix="effects-"))
    try:
        root, out = write(folder / "project", system, environment).root, folder / "out" / part
        out.mkdir(parents=True)
        try:
            PARTS[part](root, out, None)
        except QuantacircError as error:
            raise Refused(error) from error
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    finally:
        shutil.rmtree(folder)
