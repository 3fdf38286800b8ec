"""The Kubernetes manifests of QuantaCirc: a plain cdk8s app, run by ``cdk8s synth`` and by ``qcdk synth``."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:
    """Write ``outdir/<environment>/<Kind>.<name>.k8s.yaml`` for these environments, all of them for None."""
    from quantacirc_cdk.errors import PropsError, QuantacircError
    from quantacirc_cdk.handover import leave
    from quantacirc_cdk.kubernetes.engine import cdk8s
    from quantacirc_cdk.kubernetes.manifest import to_be_written
    from quantacirc_cdk.kubernetes.system import SystemChart
    from quantacirc_cdk.model import load_project

    project = load_project(project_root)
    problems, apps = [], {}
    for name, environment in project.select(list(environments or ())).items():
        app = cdk8s.App(
            outdir=str(outdir / name),
            output_file_extension=".k8s.yaml",
            yaml_output_type=cdk8s.YamlOutputType.FILE_PER_RESOURCE,
        )
        try:
            SystemChart(app, name, system=project.system, environment=environment, source=project.sources[name])
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


def main() -> int:
    """Synthesize every environment into ``$CDK8S_OUTDIR``; show problems one a line."""
    sys.path.insert(0, str(ROOT / "constructs"))
    from quantacirc_cdk.errors import QuantacircError

    try:
        synthesize(ROOT, Path(os.environ.get("CDK8S_OUTDIR") or ROOT / "dist" / "kubernetes"), None)
    except QuantacircError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
