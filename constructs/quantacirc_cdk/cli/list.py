"""``qcdk list``: the components, environments and kinds of a project."""

import argparse
import json
from typing import TYPE_CHECKING

from quantacirc_cdk.cli.options import Commands, add_command, add_format, add_project

if TYPE_CHECKING:
    from quantacirc_cdk.model import Project

DETAILS = """\
A component is a part of the system, an environment a place where it runs, and a kind what a component can be."""

EXAMPLES = """\
  qcdk list                           everything
  qcdk list components --format json  the components as JSON
"""

SECTIONS = ("components", "environments", "kinds")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "list", "List components, environments and kinds", DETAILS, EXAMPLES)
    parser.add_argument("sections", metavar="SECTION", nargs="*", help=f"{', '.join(SECTIONS)} (default: all)")
    add_format(parser, "text", "json")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.errors import ModelError, Problem, nearest
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.text.terminal import printable

    unknown = [name for name in arguments.sections if name not in SECTIONS]
    if unknown:
        raise ModelError(Problem(what=f'no section "{name}"', expected=nearest(name, SECTIONS)) for name in unknown)
    found = _found(load_project(project_root(arguments.project)))
    asked = {name: found[name] for name in SECTIONS if name in arguments.sections or not arguments.sections}
    if arguments.format == "json":
        print(json.dumps(asked, indent=2))
        return 0
    for index, (section, rows) in enumerate(asked.items()):
        if len(asked) > 1:
            print(("\n" if index else "") + section)
        widths = [max(len(cell) for cell in column) for column in zip(*(_cells(row) for row in rows), strict=True)]
        for row in rows:
            cells = (f"{cell:<{width}}" for cell, width in zip(_cells(row), widths, strict=True))
            print(printable(("  " if len(asked) > 1 else "") + "  ".join(cells).rstrip()))
    return 0


def _cells(row: dict[str, str]) -> list[str]:
    return list(row.values())


def _found(project: "Project") -> dict[str, list[dict[str, str]]]:
    from quantacirc_cdk.kinds.registry import Registry

    kinds = Registry(project.root)
    return {
        "components": [
            {"name": name, "kind": component.kind, "description": component.description}
            for name, component in project.system.components.items()
        ],
        "environments": [
            {
                "name": name,
                "target": one.target,
                "extends": f"extends {one.extends}" if one.extends else "",
                "description": one.description,
            }
            for name, one in project.environments.items()
        ],
        "kinds": [
            {"name": name, "description": (kind.__doc__ or "").partition("\n")[0]} for name, kind in kinds.all().items()
        ],
    }
