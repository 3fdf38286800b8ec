"""The cloud infrastructure of every environment: a CDKTF app."""

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.model import load_project

if TYPE_CHECKING:
    from quantacirc_cdk.model import Project
    from quantacirc_cdk.terraform import App
    from quantacirc_cdk.terraform.plain_app import PlainApp

_CDKTF_OPTIONS = {"CDKTF_CONTEXT_JSON", "CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS", "SYNTH_HCL_OUTPUT"}
"""Environment variables of CDKTF that change what it writes."""


def synthesize(project_root: Path, outdir: Path | None = None, environments: Sequence[str] | None = None) -> None:
    """Write the Terraform stacks of each of ``environments``, or of all, to ``outdir``. A local environment has no
    stack.

    Also writes the Terraform modules. Without ``outdir``, the output goes to CDKTF's output folder. In a run that keeps
    the stacks of other environments, the manifest has those, too.

    With ``outdir`` and this package's kinds only, the stacks are written without Node.js, with the same bytes.
    """
    from quantacirc_cdk.terraform import App
    from quantacirc_cdk.terraform.engine import NAME, VERSION
    from quantacirc_cdk.terraform.modules import write_modules
    from quantacirc_cdk.terraform.plain_app import PlainApp
    from quantacirc_cdk.terraform.schemas import PROJECT_FOLDER, add_folder
    from quantacirc_cdk.text.javascript import UnusualError

    project = load_project(project_root)
    add_folder(project.root / PROJECT_FOLDER)
    app: App | PlainApp | None = None
    if outdir is not None and NAME == "cdktf" and project.has_known_kinds and not _CDKTF_OPTIONS & os.environ.keys():
        with suppress(UnusualError):
            app = _synthesized(PlainApp(outdir=outdir, version=VERSION), project, environments)
    if app is None:
        app = _synthesized(App(outdir=outdir), project, environments)
    write_modules(Path(app.outdir) / "modules")
    _complete_manifest(project, Path(app.outdir), environments)


A = TypeVar("A", bound="App | PlainApp")


def _synthesized(app: A, project: "Project", environments: Sequence[str] | None) -> A:
    """Write the stacks with an app, and return it."""
    from quantacirc_cdk.terraform import BootstrapStack, EnvironmentStack, bootstrap_name, stack_name

    scope: Any = app
    for name, environment in project.environments.items():
        if environment.cloud is not None and (environments is None or name in environments):
            EnvironmentStack(
                scope,
                stack_name(environment),
                system=project.system,
                environment=environment,
                source=project.sources[name],
                system_source=project.system_source,
            )
            BootstrapStack(scope, bootstrap_name(environment), system=project.system, environment=environment)
    app.synth()
    return app


def _complete_manifest(project: "Project", outdir: Path, written: Sequence[str] | None) -> None:
    """Pass on what CDKTF's manifest says of each environment's stacks, and add those that an earlier run wrote."""
    from quantacirc_cdk.handover import leave, left_before
    from quantacirc_cdk.terraform import bootstrap_name, stack_name
    from quantacirc_cdk.terraform.stack_manifest import MANIFEST, stacks_in, with_stacks

    file = outdir / MANIFEST
    text = file.read_text(encoding="utf-8")
    stacks = stacks_in(text)
    for name, environment in project.environments.items():
        if environment.cloud is None:
            continue
        handed = f"terraform.{name}.json"
        if written is None or name in written:
            own = {key: stacks[key] for key in (stack_name(environment), bootstrap_name(environment))}
            leave(outdir.parent, handed, partial(json.dumps, own))
        else:
            stacks |= json.loads(left_before(outdir.parent, handed) or "{}")
    if written is not None:
        file.write_text(with_stacks(text, stacks), encoding="utf-8")


def nothing_to_apply(project_root: Path) -> list[str]:
    """Return a message for each environment without a stack."""
    project = load_project(project_root)
    return [
        f"{name}: nothing to apply: it runs in an existing cluster; apply dist/kubernetes/{name} there"
        for name, environment in project.environments.items()
        if environment.cloud is None
    ]


def main(project_root: Path | None = None) -> int:
    """Write the stacks of a project, by default that of the current folder, for ``cdktf synth`` and ``cdktf deploy``.

    Prints all problems, one per line, and returns the exit status.
    """
    root = project_root or Path.cwd()
    try:
        synthesize(root)
        sys.stdout.write("".join(f"{line}\n" for line in nothing_to_apply(root)))
    except QuantacircError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
