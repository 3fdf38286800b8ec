"""``qcdk provider-schema``: check resources of any type against a project's locked providers."""

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

from quantacirc_cdk.cli.options import Commands, add_command, add_names, path

TERRAFORM_SECONDS = 120
"""Timeout in seconds for Terraform, which starts every provider."""

DETAILS = """\
Writes the schemas of a Terraform configuration's providers to provider-schemas/<provider>.json. `Resource` and
`DataSource` then accept every type of these providers, and check it against the locked version. Commit the files, so
that synthesis needs neither Terraform nor the network.

Run `terraform init` in the configuration first; the versions come from its .terraform.lock.hcl. Without --from, this
command runs `terraform providers schema -json` there.

exit status: 0 written, 2 nothing was written"""

EXAMPLES = """\
  qcdk provider-schema --directory dist/terraform/stacks/prod-aws
  qcdk provider-schema --directory infra --terraform tofu --types aws_sqs_queue,aws_sns_topic
  terraform providers schema -json | qcdk provider-schema --from -
"""


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Write the schemas of a configuration's locked providers"
    parser = add_command(commands, "provider-schema", summary, DETAILS, EXAMPLES)
    parser.add_argument("--directory", metavar="DIR", type=path, default=Path(), help="configuration (default: here)")
    parser.add_argument("--from", dest="source", metavar="FILE", help="schemas as JSON, - for standard input")
    parser.add_argument("--terraform", metavar="PROGRAM", default="terraform", help="default: terraform")
    add_names(parser, "--types", "TYPE", "only these resource types and data sources", nargs="+")
    parser.add_argument(
        "--destination", metavar="DIR", type=path, help="default: provider-schemas/ in the current folder"
    )
    parser.add_argument("--out", metavar="DIR", type=path, dest="destination", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.reading import read_file
    from quantacirc_cdk.terraform.schemas import PROJECT_FOLDER
    from quantacirc_cdk.terraform.schemas.published import provider_documents

    lock = arguments.directory / ".terraform.lock.hcl"
    locked = read_file(lock, str(lock), expected="Terraform's lock file").decode() if lock.is_file() else ""
    documents = dict(provider_documents(_published(arguments), locked))
    if arguments.types:
        documents = _chosen(documents, set(arguments.types))
    folder: Path = arguments.destination or Path.cwd() / PROJECT_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        text = json.dumps(document, indent=1, sort_keys=True) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
        kinds = f"{len(document['resources'])} resource types, {len(document['data'])} data sources"
        print(f"{folder.name}/{name}.json: {document['source']} {document['version']}, {kinds}")
    return 0


def _published(arguments: argparse.Namespace) -> Any:
    """Return the schemas from the given source. Raises ``SchemaError`` if there are none."""
    from quantacirc_cdk.errors import Problem, SchemaError
    from quantacirc_cdk.reading import MAX_JSON_BYTES, parse_json, read_file, read_standard_input
    from quantacirc_cdk.text.terraform_messages import error_lines

    try:
        if arguments.source == "-":
            text = read_standard_input(limit=MAX_JSON_BYTES, seconds=TERRAFORM_SECONDS).decode()
        elif arguments.source:
            expected = "the output of `terraform providers schema -json`"
            source = Path(arguments.source)
            text = read_file(source, str(source), expected=expected, limit=MAX_JSON_BYTES, pipes=True).decode()
        else:
            command = [arguments.terraform, "providers", "schema", "-no-color", "-json"]
            done = subprocess.run(command, cwd=arguments.directory, capture_output=True, text=True, check=False)  # noqa: S603
            if done.returncode:
                what = f"run `{arguments.terraform} init` here first: `{' '.join(command)}` failed"
                failed = SchemaError(Problem(file=str(arguments.directory), what=what))
                failed.printed = error_lines(done.stderr)
                raise failed
            text = done.stdout
        return parse_json(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(Problem(what=str(error), expected="Terraform, or its schemas with --from")) from None
    except ValueError as error:
        place = arguments.source or str(arguments.directory)
        expected = "the output of `terraform providers schema -json`"
        raise SchemaError(Problem(file=place, what=f"no JSON: {error}", expected=expected)) from None


def _chosen(documents: dict[str, Any], types: set[str]) -> dict[str, Any]:
    """Return the documents with only these types. Raises ``SchemaError`` for an unknown type."""
    from quantacirc_cdk.errors import Problem, SchemaError, nearest

    known = {name for each in documents.values() for kind in ("resources", "data") for name in each[kind]}
    missing = sorted(types - known)
    if missing:
        raise SchemaError([Problem(what=f"no type {name}", expected=nearest(name, known)) for name in missing])
    for document in documents.values():
        for kind in ("resources", "data"):
            document[kind] = {name: block for name, block in document[kind].items() if name in types}
    return {name: each for name, each in documents.items() if each["resources"] or each["data"]}
