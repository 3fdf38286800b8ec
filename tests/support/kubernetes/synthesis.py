"""Synthesize the environments of a project that a test has written."""

from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.kubernetes.engine import cdk8s
from quantacirc_cdk.kubernetes.system import SystemChart
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import Object, read_folder


def render(root: Path, out: Path, only: Sequence[str] = ()) -> dict[str, list[Object]]:
    """Return the objects of these environments, all by default, of the project below ``root``."""
    project = load_project(root)
    chosen = project.select(list(only))
    for name, environment in chosen.items():
        app = cdk8s.App(outdir=str(out / name), yaml_output_type=cdk8s.YamlOutputType.FILE_PER_RESOURCE)
        chart = SystemChart(
            app,
            name,
            system=project.system,
            environment=environment,
            source=project.sources[name],
            system_source=project.system_source,
        )
        chart.finish()
        app.synth()
    return {name: read_folder(out / name) for name in chosen}
