"""``qcdk add``: add a component or an environment."""

import argparse
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.cli.options import Commands, add_command, add_project

if TYPE_CHECKING:
    from pathlib import Path

    from quantacirc_cdk.model.document import Place
    from quantacirc_cdk.model.edit import Changes

DETAILS = """\
Adds a component to apps/system.yaml, or a file apps/environments/NAME.yaml. The model is checked before anything is
written. VALUE is YAML. For a chart or an operator without a `digest`, it asks the registry for that of its version."""

EXAMPLES = """\
  qcdk add component web --kind service --image ghcr.io/shop/web:1.4.2 --set exposed=true
  qcdk add component mail --kind worker --image web  an image that apps/system.yaml has
  qcdk add component cert-manager --kind operator --set operator=cert-manager --set version=v1.20.2
  qcdk add component queue --kind stateful --image docker.io/library/rabbitmq:4.1 \\
    --set 'volumes={ data: { size: 8Gi, mount: /data } }' --in prod 'replicas={ min: 3, max: 3 }'
  qcdk add environment test --extends local \\
    --set domain=test.localhost --set namespace=shop-test
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "add", "Add a component or an environment", DETAILS, EXAMPLES)
    parser.add_argument("what", choices=("component", "environment"), help="what to add")
    parser.add_argument("name", metavar="NAME", help="its name")
    parser.add_argument("--kind", help="kind of the component: see qcdk list kinds")
    parser.add_argument("--image", help="image of the component: a reference, or a name that apps/system.yaml has")
    parser.add_argument("--extends", metavar="ENV", help="environment that the new one starts from")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", dest="assignments", action="append", default=[], help="a key of it; repeatable"
    )
    parser.add_argument(
        "--in",
        metavar=("ENV", "KEY=VALUE"),
        dest="settings",
        nargs=2,
        action="append",
        default=[],
        help="a key of the component in the file of an environment; repeatable",
    )
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.errors import ModelError, Problem

    root = project_root(arguments.project)
    component = arguments.what == "component"
    needed = "kind" if component else "extends"
    others = (
        {"extends": arguments.extends}
        if component
        else {"kind": arguments.kind, "image": arguments.image, "in": arguments.settings}
    )
    problems = [
        Problem(key=f"--{name}", what=f"has no meaning for a new {arguments.what}")
        for name, value in others.items()
        if value
    ]
    if not getattr(arguments, needed):
        problems.append(Problem(key=f"--{needed}", what=f"a new {arguments.what} needs it"))
    if problems:
        raise ModelError(problems)
    return (_component if component else _environment)(root, arguments)


def _component(root: "Path", arguments: argparse.Namespace) -> int:
    from quantacirc_cdk.errors import ModelError, Problem
    from quantacirc_cdk.importing.images import parts, short_name
    from quantacirc_cdk.limits.image import is_image
    from quantacirc_cdk.model.change import assignments, change_files, document_of, file_of
    from quantacirc_cdk.model.edit import assigned
    from quantacirc_cdk.operations.pins import digests, is_pinned

    shown, name = file_of(root, None), arguments.name
    document = document_of(root, shown)
    system: dict[str, Any] = document if isinstance(document, dict) else {}
    if name in (system.get("components") or {}):
        raise ModelError(Problem(file=shown, key=f"components.{name}", what="the component exists"))
    changes: dict[Place, Any] = {}
    section: Any = {"kind": arguments.kind}
    if arguments.image:
        images = system.get("images") or {}
        image = arguments.image if arguments.image in images else short_name(arguments.image)
        if arguments.image not in images:
            if not is_image(arguments.image) or not ({":", "@"} & set(arguments.image)):
                what = f'no image "{arguments.image}" in {shown}, and no reference with a tag or digest'
                raise ModelError(Problem(key="--image", what=what, expected="one such as ghcr.io/shop/web:1.4.2"))
            found = parts(arguments.image)
            if images.get(image, found) != found:
                image = f"{name}-{image}"
            changes["images", image] = found
        section["image"] = image
    for place, value in assignments(arguments.assignments, {}).items():
        section = assigned(section, place, value)
    changes["components", name] = section
    if "digest" not in section and is_pinned(root, section):
        changes |= digests(root, shown, changes, [name])
    files = {shown: changes, **_settings(root, arguments)}
    change_files(root, files)
    for file in files:
        print(f"{file}: added {name}")
    return 0


def _settings(root: "Path", arguments: argparse.Namespace) -> "dict[str, Changes]":
    """Return the changes of each environment's file that ``--in`` names."""
    from quantacirc_cdk.model.change import assignments, file_of

    words: dict[str, list[str]] = {}
    for environment, word in arguments.settings:
        words.setdefault(file_of(root, environment), []).append(word)
    return {
        shown: {("components", arguments.name, *place): value for place, value in assignments(given, {}).items()}
        for shown, given in words.items()
    }


def _environment(root: "Path", arguments: argparse.Namespace) -> int:
    from quantacirc_cdk.model.change import assignments, create, file_of
    from quantacirc_cdk.model.edit import edited
    from quantacirc_cdk.model.environment import environment_file
    from quantacirc_cdk.model.problems import check_name

    check_name(arguments.name, "NAME")
    file_of(root, arguments.extends)
    shown = environment_file(arguments.name)
    text = edited(f"extends: {arguments.extends}\n", shown, assignments(arguments.assignments, {}))
    create(root, shown, text)
    print(f"{shown}: added")
    return 0
