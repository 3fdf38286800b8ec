"""``qcdk schemas``: JSON Schemas of the model's files, for editors, and a reference of its keys."""

import argparse
import os
from pathlib import Path

from quantacirc_cdk.cli.options import Commands, add_check, add_command, add_project

DETAILS = """\
Editors with a YAML language server use them to complete and check apps/system.yaml and apps/environments/*.yaml.
reference.md lists every key of the model and of each kind of component, also of your own."""

EXAMPLES = """\
  qcdk schemas                        write docs/schemas/
  qcdk schemas --check                exit with 1 if they are stale
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "schemas", "Write the JSON Schemas and the reference of the model's files", DETAILS, EXAMPLES
    )
    add_check(parser, "a schema is stale")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.kinds.registry import Registry
    from quantacirc_cdk.model.reference import reference
    from quantacirc_cdk.model.schemas import schemas

    root = project_root(arguments.project)
    kinds = Registry(root)
    folder, found = root / "docs" / "schemas", {**schemas(kinds), "reference.md": reference(kinds)}
    stale = [name for name, text in found.items() if _read(folder / name, root) != text.encode()]
    for name in stale:
        print(f"{folder.name}/{name}: {'stale' if arguments.check else 'written'}")
        if not arguments.check:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(found[name], encoding="utf-8")
    return 1 if arguments.check and stale else 0


def _read(path: Path, root: Path) -> bytes | None:
    from quantacirc_cdk.reading import read_file

    if not os.path.lexists(path):
        return None
    return read_file(path, path.relative_to(root).as_posix(), expected="text")
