"""``qcdk doctor``: installed tools and their versions, what each task lacks, and how to get it."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.cli.options import Commands, add_command, add_format, add_names, add_project

if TYPE_CHECKING:
    from pathlib import Path

    from quantacirc_cdk.doctor import Task
    from quantacirc_cdk.model import Project

DETAILS = """\
Checks the programs and libraries that each task needs, and their versions, and prints what is missing and how to get
it. In a project, it also examines the lock files of the stacks in dist/. With ENV, it also checks what you need to
reach that environment's cluster: its kubectl context, the version of kubectl, the cloud's command line. It sends no
data to a cluster.

With --for ENV, it also asks the cluster for what the environment's manifests in dist/ need, and prints what is missing
with the operator that provides it: custom resources and their versions, metrics, and named objects such as a
StorageClass. It changes nothing. With --roles, it prints the roles that a deployer of ENV needs.

tasks: synth, compare, deploy, infrastructure, images, attest, compose, and each ENV that is given

exit status: 0 ready for all these tasks, 1 something is missing, too old or broken, 2 wrong usage"""

EXAMPLES = """\
  qcdk doctor                            every task
  qcdk doctor --for synth,deploy         these two
  qcdk doctor prod --for deploy          deploy, and access to prod
  qcdk doctor --for prod                 access to prod, and what its cluster lacks
  qcdk doctor prod --roles >roles.yaml   the roles of a deployer, for the administrator
  qcdk doctor --format json | jq .ready  for programs
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "doctor", "Check what this machine lacks, and how to get it", DETAILS, EXAMPLES)
    parser.add_argument(
        "environments", metavar="ENV", nargs="*", help="also check access to this environment's cluster"
    )
    add_names(parser, "--for", "TASK", "only these tasks or environments (default: all tasks)", dest="wanted")
    parser.add_argument("--roles", action="store_true", help="print only the roles that a deployer of ENV needs")
    add_format(parser, "text", "json")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.doctor import FORMATS, examine
    from quantacirc_cdk.doctor.render import as_text

    if arguments.roles:
        sys.stdout.write(_roles(arguments))
        return 0
    diagnosis = examine(_chosen(arguments))
    if arguments.format == "text":
        text = as_text(diagnosis, paint=lambda text: colour.painted(text, colour.DOCTOR))
    else:
        text = FORMATS[arguments.format](diagnosis)
    sys.stdout.write(text)
    return 0 if diagnosis.ready else 1


def _roles(arguments: argparse.Namespace) -> str:
    """Return the roles for the objects in dist/ of each given environment."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.errors import PropsError
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.operations.rights import needed, roles
    from quantacirc_cdk.operations.settings import Target
    from quantacirc_cdk.text import yaml

    if not arguments.environments:
        raise PropsError("--roles requires an environment")
    project = load_project(project_root(arguments.project))
    found = []
    for environment in project.select(arguments.environments).values():
        objects = _objects(project.root, environment.name)
        target = Target.of(project.system, environment)
        found += roles(needed(objects, target.namespace), target.release)
    return "".join(f"---\n{yaml.dump(role)}" for role in found)


def _objects(root: "Path", environment: str) -> "list[dict[str, Any]]":
    """Return the objects in dist/ of an environment."""
    from quantacirc_cdk.errors import Problem, PropsError
    from quantacirc_cdk.manifests import read_objects

    folder = root / "dist" / "kubernetes" / environment
    objects = read_objects(folder) if folder.is_dir() else []
    if not objects:
        place, expected = f"dist/kubernetes/{environment}", "the output: run `qcdk synth`"
        raise PropsError(Problem(file=place, what="no manifest", expected=expected))
    return objects


def _chosen(arguments: argparse.Namespace) -> "list[Task]":
    """Return the tasks that are wanted, then the environments; those in ``--for`` with their manifests."""
    from quantacirc_cdk.doctor import tasks
    from quantacirc_cdk.errors import PropsError, nearest

    wanted = list(dict.fromkeys(arguments.wanted))
    # Without a project, all tasks are about the machine alone.
    root = _root(arguments, required=False) if not wanted or "infrastructure" in wanted else None
    valid = {task.name: task for task in tasks(root / "dist" if root else None)}
    others = [name for name in wanted if name not in valid]
    project = _project(arguments, required=bool(arguments.environments)) if others or arguments.environments else None
    known = project.environments if project else {}
    for name in others:
        if name not in known:
            raise PropsError(f'--for: no task "{name}", expected {nearest(name, [*valid, *known])}')
    chosen = [valid[name] for name in wanted if name in valid] if wanted else list(valid.values())
    if project is None:
        return chosen
    names = [*project.select(arguments.environments)] if arguments.environments else []
    environments = [_environment(project, name, compare=name in others) for name in dict.fromkeys([*names, *others])]
    return [*chosen, *environments]


def _project(arguments: argparse.Namespace, *, required: bool) -> "Project | None":
    """Return the project; None outside of one, unless an environment of it is required."""
    from quantacirc_cdk.model import load_project

    root = _root(arguments, required=required)
    return load_project(root) if root else None


def _root(arguments: argparse.Namespace, *, required: bool) -> "Path | None":
    """Return the folder of the project; None outside of one, unless it is required."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.errors import ModelError

    try:
        return project_root(arguments.project)
    except ModelError:
        if required or arguments.project:
            raise
        return None


def _environment(project: "Project", name: str, *, compare: bool) -> "Task":
    from quantacirc_cdk.doctor import Place, environment_task

    environment, platform = project.environments[name], None
    if compare:
        from quantacirc_cdk.doctor.platform import Platform
        from quantacirc_cdk.manifests import documents
        from quantacirc_cdk.operations.settings import Target
        from quantacirc_cdk.reading import read_file

        target = Target.of(project.system, environment)
        # A platform team applies Karpenter's pools, and they need its custom resources too.
        shown = f"dist/operations/{name}.karpenter.yaml"
        pools = project.root / shown
        more = documents(read_file(pools, shown, expected="generated output")) if pools.is_file() else []
        objects = [*_objects(project.root, name), *more]
        platform = Platform(target=target, objects=objects, synced=environment.delivery == "argocd")
    place = Place(
        name=environment.name,
        target=environment.target,
        context=environment.cluster.context,
        kubernetes_version=environment.cluster.kubernetes_version,
    )
    return environment_task(place, platform)
