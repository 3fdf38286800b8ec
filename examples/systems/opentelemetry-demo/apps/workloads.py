"""The system, and the ServiceAccount that all services of the shop share."""

from pathlib import Path

from quantacirc_cdk.apps import workloads
from quantacirc_cdk.kubernetes import ServiceAccount


def after(chart, context):
    """Add the ServiceAccount."""
    name = "opentelemetry-demo"
    ServiceAccount(chart, "account", name=name, labels=context.identity(name).labels)


def synthesize(project_root: Path, outdir: Path, environments):
    """Write the manifests of these environments."""
    workloads.synthesize(project_root, outdir, environments, after=after)


if __name__ == "__main__":
    raise SystemExit(workloads.main(Path(__file__).resolve().parents[1], after=after))
