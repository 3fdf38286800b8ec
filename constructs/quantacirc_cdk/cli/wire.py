"""``qcdk wire``: record values that are known only after an apply."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from quantacirc_cdk.cli.options import Commands, add_check, add_command, add_project
from quantacirc_cdk.errors import Problem, PropsError

DETAILS = """\
Most names follow from the model. A few values exist only after an apply: the address of the Kubernetes API, the zone's
name servers, the hosts of databases and, on Azure, the id of each identity. This command reads them from
`terraform output -json` and writes them to the section `wired` of apps/environments/ENV.yaml, where `qcdk synth` reads
them. It never records sensitive outputs, and keeps the rest of the file."""

EXAMPLES = """\
  terraform output -json | qcdk wire prod     read standard input
  qcdk wire prod outputs.json                 read a file
  qcdk wire prod outputs.json --check         write nothing; exit with 1 if the recorded values differ
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "wire", "Record the outputs of an applied stack", DETAILS, EXAMPLES)
    parser.add_argument("environment", metavar="ENV", help="name of the environment")
    parser.add_argument(
        "file", metavar="FILE", nargs="?", default="-", help="file with the outputs (default: -, standard input)"
    )
    add_check(parser, "the recorded values differ")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.contract import contract_of, wired_values
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.model.environment import environment_file

    root, name = project_root(arguments.project), arguments.environment
    project = load_project(root)
    environment = project.select([name])[name]
    outputs = contract_of(project.system, environment).outputs
    values = _checked({"target": environment.target, **wired_values(_read(arguments.file), outputs)}, arguments.file)
    recorded = environment.wired.model_dump(exclude_unset=True) if environment.wired else {}
    if values == recorded:
        print(f"{name}: nothing new")
        return 0
    print("\n".join(_difference(name, recorded, values)))
    if arguments.check:
        return 1
    _record(root, environment_file(name), values)
    return 0


def _read(file: str) -> str:
    from quantacirc_cdk.model.document import decoded, read_text
    from quantacirc_cdk.reading import read_standard_input

    if file == "-":
        return decoded(read_standard_input(), "standard input")
    return read_text(Path(file), file, pipes=True)


def _checked(values: dict[str, Any], file: str) -> dict[str, Any]:
    """Validate the values. A stack of something else is refused before anything is written."""
    from quantacirc_cdk.model.document import parse
    from quantacirc_cdk.model.environment import Wired
    from quantacirc_cdk.model.problems import validate

    wired, problems = validate(Wired, parse(json.dumps(values), "standard input" if file == "-" else file), values)
    if wired is None:
        raise PropsError(Problem(file=one.file, key=one.key, what=one.what, expected=one.expected) for one in problems)
    return wired.model_dump(exclude_unset=True)


def _record(root: Path, shown: str, values: dict[str, Any]) -> None:
    from quantacirc_cdk.model.document import read_text
    from quantacirc_cdk.model.edit import REMOVED, edited, replace

    text = read_text(root / shown, shown)
    # Values that no longer exist are removed with the old section.
    text = edited(edited(text, shown, {("wired",): REMOVED}), shown, {("wired",): values})
    replace(root / shown, text)


def _difference(environment: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            before = f"{json.dumps(old[key])} -> " if key in old else ""
            yield f"{environment}: {key}: {before}{json.dumps(new[key]) if key in new else 'removed'}"
