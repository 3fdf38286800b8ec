"""The Kubernetes manifests of every environment: a cdk8s app."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from quantacirc_cdk.errors import Problem
    from quantacirc_cdk.kubernetes.engine import Construct, cdk8s
    from quantacirc_cdk.kubernetes.plain_app import PlainApp
    from quantacirc_cdk.kubernetes.system import SystemChart
    from quantacirc_cdk.kubernetes.system.context import Context
    from quantacirc_cdk.model import Project

Adds: TypeAlias = "Callable[[Construct, Context], object]"
"""Adds objects for one environment below a scope: the app, or the system's chart."""

_HITS = "kubernetes.{}.hits.json"
"""Name under which a run passes the patches of the system that match an object in an environment."""

_CDK8S_OPTIONS = {"CDK8S_DISABLE_SORT", "CDK8S_RECORD_CONSTRUCT_METADATA"}
"""Environment variables of cdk8s that change what it writes."""


def synthesize(
    project_root: Path,
    outdir: Path,
    environments: Sequence[str] | None,
    *,
    before: "Adds | None" = None,
    after: "Adds | None" = None,
) -> None:
    """Write ``outdir/<environment>/<Kind>.<name>.k8s.yaml`` for these environments, or all for None.

    ``before`` adds objects to each app before the system is built, ``after`` adds objects to the system's chart. They
    are part of the system: patches, capacity and all outputs include them. Raises ``PropsError`` with the problems of
    all environments.

    Without such additions, and with this package's kinds only, the objects are written without Node.js, with the same
    bytes.
    """
    from quantacirc_cdk.kubernetes.plain_app import PlainApp
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.text.javascript import UnusualError

    project = load_project(project_root)
    if before is None and after is None and project.has_known_kinds and not _CDK8S_OPTIONS & os.environ.keys():
        with suppress(UnusualError):
            _write(project, outdir, environments, PlainApp)
            return
    _write(project, outdir, environments, _cdk8s_app, before=before, after=after)


def _cdk8s_app(outdir: Path) -> "cdk8s.App":
    from quantacirc_cdk.kubernetes.engine import cdk8s

    return cdk8s.App(
        outdir=str(outdir),
        output_file_extension=".k8s.yaml",
        yaml_output_type=cdk8s.YamlOutputType.FILE_PER_RESOURCE,
    )


def _write(
    project: "Project",
    outdir: Path,
    environments: Sequence[str] | None,
    new_app: "Callable[[Path], cdk8s.App | PlainApp]",
    *,
    before: "Adds | None" = None,
    after: "Adds | None" = None,
) -> None:
    """Write the manifests of these environments, with an app for each."""
    from quantacirc_cdk.errors import Problem, PropsError, QuantacircError
    from quantacirc_cdk.handover import leave, left_before
    from quantacirc_cdk.kubernetes.manifest import to_be_written
    from quantacirc_cdk.kubernetes.system import SystemChart
    from quantacirc_cdk.kubernetes.system.context import Context
    from quantacirc_cdk.model.inherited import of_environments

    refused: dict[str, Sequence[Problem]] = {}
    charts: dict[str, SystemChart] = {}
    apps: dict[str, cdk8s.App | PlainApp] = {}
    hits: dict[str, frozenset[str]] = {}
    for name, environment in project.select(list(environments or ())).items():
        app: Any = new_app(outdir / name)
        source, system_source = project.sources[name], project.system_source
        try:
            if before is not None:
                before(app, Context(project.system, environment, source, system_source))
            chart = SystemChart(
                app, name, system=project.system, environment=environment, source=source, system_source=system_source
            )
            if after is not None:
                after(chart, chart.context)
            hits[name] = chart.finish()
        except QuantacircError as error:
            refused[name] = error.problems
        else:
            apps[name], charts[name] = app, chart
            # Other parts read it meanwhile; what they make counts when this part has ended without an error.
            leave(outdir.parent, f"kubernetes.{name}.json", partial(to_be_written, app))
    for name in project.environments.keys() - apps.keys():
        if (handed := left_before(outdir.parent, _HITS.format(name))) is not None:
            hits[name] = frozenset(json.loads(handed))
    problems = of_environments(refused)
    if not problems and hits.keys() == project.environments.keys():
        problems += _missed(project, charts, frozenset().union(*hits.values()))
    if problems:
        raise PropsError(problems)
    for name, app in apps.items():
        leave(outdir.parent, _HITS.format(name), partial(json.dumps, sorted(hits[name])))
        app.synth()


def objects_in(folder: Path) -> "Adds":
    """Return a function that adds the objects in the YAML files of ``folder`` unchanged; none if the folder is missing.

    ``synthesize(..., after=objects_in(folder))`` makes them part of the system. Raises ``ModelError`` for a file with
    other content.
    """

    def add(scope: "Construct", _: "Context") -> None:
        from quantacirc_cdk.kubernetes.engine import Construct
        from quantacirc_cdk.kubernetes.manifest import Manifest
        from quantacirc_cdk.manifests import read_objects

        inside = Construct(scope, folder.name)
        for item in read_objects(folder) if folder.is_dir() else ():
            metadata = item["metadata"]
            named = {key: metadata.get(key) for key in ("annotations", "labels", "name", "namespace")}
            fields = {key: value for key, value in item.items() if key not in ("apiVersion", "kind", "metadata")}
            title = f"{item['kind']}.{metadata['name']}"
            Manifest(inside, title, api_version=item["apiVersion"], kind=item["kind"], **named, **fields)

    return add


def _missed(project: "Project", charts: "dict[str, SystemChart]", hits: frozenset[str]) -> "Iterator[Problem]":
    """Yield the patches of the system that match no object in any environment."""
    for title in project.system.patches.keys() - hits:
        yield next(iter(charts.values())).missed(title)


def main(project_root: Path | None = None, *, before: "Adds | None" = None, after: "Adds | None" = None) -> int:
    """Write all environments of a project, by default that of the current folder, for ``cdk8s synth``.

    The output goes to ``$CDK8S_OUTDIR``, or else to ``dist/kubernetes`` of the project. Prints all problems, one per
    line, and returns the exit status.
    """
    from quantacirc_cdk.errors import QuantacircError
    from quantacirc_cdk.model import load_project

    root = project_root or Path.cwd()
    out = Path(os.environ.get("CDK8S_OUTDIR") or root / "dist" / "kubernetes")
    try:
        _write(load_project(root), out, None, _cdk8s_app, before=before, after=after)
    except QuantacircError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
