"""The cloud infrastructure of every environment: a CDKTF app.

``cdktf synth``, ``cdktf diff prod-aws`` and ``cdktf deploy prod-aws`` run it through ``cdktf.json``;
``qcdk synth`` calls ``synthesize``.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, BootstrapStack, EnvironmentStack, bootstrap_name, stack_name
from quantacirc_cdk.terraform.modules import write_modules


def synthesize(project_root: Path, outdir: Path | None = None, environments: Sequence[str] | None = None) -> None:
    """Write the Terraform stacks of each of ``environments``, or of all, to ``outdir``; a local one has none.

    Beside them the modules for whoever writes Terraform by hand.
    """
    project = load_project(project_root)
    app = App(outdir=outdir)
    for name, environment in project.environments.items():
        if environment.cloud is not None and (environments is None or name in environments):
            EnvironmentStack(app, stack_name(environment), system=project.system, environment=environment)
            BootstrapStack(app, bootstrap_name(environment), system=project.system, environment=environment)
    app.synth()
    write_modules(Path(app.outdir) / "modules")


def nothing_to_apply(project_root: Path) -> list[str]:
    """Return a line for each environment without a stack, for those who look for it."""
    project = load_project(project_root)
    return [
        f"{name}: nothing to apply: it runs in a cluster that is there already; apply dist/kubernetes/{name} to that"
        for name, environment in project.environments.items()
        if environment.cloud is None
    ]


if __name__ == "__main__":
    try:
        root = Path(__file__).resolve().parent.parent
        synthesize(root)
        sys.stdout.write("".join(f"{line}\n" for line in nothing_to_apply(root)))
    except QuantacircError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_status)
