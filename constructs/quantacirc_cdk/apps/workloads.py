"""The Kubernetes manifests of every environment: a cdk8s app."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:
    """Write ``outdir/<environment>/<Kind>.<name>.k8s.yaml`` for these environments, all of them for None.

    Raises ``PropsError`` with the problems of all environments.
    """
    from quantacirc_cdk.errors import Problem, PropsError, QuantacircError
    from quantacirc_cdk.handover import leave
    from quantacirc_cdk.kubernetes.engine import cdk8s
    from quantacirc_cdk.kubernetes.manifest import to_be_written
    from quantacirc_cdk.kubernetes.system import SystemChart
    from quantacirc_cdk.model import load_project

    project = load_project(project_root)
    problems: list[Problem] = []
    apps: dict[str, cdk8s.App] = {}
    for name, environment in project.select(list(environments or ())).items():
        app = cdk8s.App(
            outdir=str(outdir / name),
            output_file_extension=".k8s.yaml",
            yaml_output_type=cdk8s.YamlOutputType.FILE_PER_RESOURCE,
        )
        try:
            SystemChart(
                app,
                name,
                system=project.system,
                environment=environment,
                source=project.sources[name],
                system_source=project.system_source,
            )
        except QuantacircError as error:
            problems += error.problems
        else:
            apps[name] = app
    if problems:
        raise PropsError(dict.fromkeys(problems))  # what several environments inherit is one problem
    for name, app in apps.items():
        leave(outdir.parent, f"{name}.json", partial(to_be_written, app))
    for app in apps.values():
        app.synth()


def main(project_root: Path | None = None) -> int:
    """Write all environments of a project, by default that of the current folder, for ``cdk8s synth``.

    The output goes to ``$CDK8S_OUTDIR``, or else to ``dist/kubernetes`` of the project. Return the exit status, after
    printing what is wrong, a line for each problem.
    """
    from quantacirc_cdk.errors import QuantacircError

    root = project_root or Path.cwd()
    try:
        synthesize(root, Path(os.environ.get("CDK8S_OUTDIR") or root / "dist" / "kubernetes"), None)
    except QuantacircError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
