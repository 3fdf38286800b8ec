"""``qcdk import``: a project from Compose files, Kubernetes manifests or Score files."""

import argparse

from quantacirc_cdk.cli.options import Commands, add_command, add_format, path

DETAILS = """\
Writes apps/system.yaml and one environment, synthesizes them, and compares the result with the source. A field without
a key in the model becomes a patch; objects that belong to no component are kept in apps/objects/. The project's
import.md lists each property that is not carried over, with the reason."""

EXAMPLES = """\
  qcdk import manifests/ --project shop                           a folder with manifests
  helm template shop oci://… | qcdk import /dev/stdin --project shop  a rendered chart
  kubectl get deploy,svc,cm -o yaml >all.yaml                 what runs in a namespace
  qcdk import all.yaml --project shop --name shop
  qcdk import compose.yaml --project shop --format json                  a Compose file; the report as JSON
  qcdk import . --project ../shop --profile debug                the Compose project of this folder with a profile
  qcdk import score.yaml --project shop                           a Score file
"""


SOURCES = ("compose", "kubernetes", "score")


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Create a project from Compose, Kubernetes or Score files"
    parser = add_command(commands, "import", summary, DETAILS, EXAMPLES)
    parser.add_argument("sources", metavar="FILE", nargs="+", type=path, help="file or folder to import")
    folder = parser.add_mutually_exclusive_group(required=True)
    folder.add_argument("--project", metavar="DIR", type=path, help="folder of the project; must be empty")
    folder.add_argument("--out", metavar="DIR", type=path, dest="project", help=argparse.SUPPRESS)
    parser.add_argument("--name", help="name of the system (default: the source's, or that of the output folder)")
    parser.add_argument(
        "--environment", metavar="ENV", default="local", help="name of the environment (default: local)"
    )
    parser.add_argument(
        "--source-format",
        metavar="FORMAT",
        choices=SOURCES,
        help=f"{', '.join(SOURCES)} (default: detected from the content)",
    )
    parser.add_argument(
        "--profile",
        metavar="NAME",
        action="append",
        default=[],
        help="active profile of Compose, or `*` (default: COMPOSE_PROFILES of .env); can be repeated",
    )
    add_format(parser, "text", "json", convert=_printed)
    parser.set_defaults(run=run)


def _printed(text: str) -> str:
    """Refuse the format of a source, which ``--format`` was."""
    if text in SOURCES:
        raise argparse.ArgumentTypeError(f"{text} is a format of the files, expected --source-format {text}")
    return text


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.importing import import_project
    from quantacirc_cdk.text.terminal import printable

    report = import_project(
        arguments.sources,
        arguments.project,
        name=arguments.name,
        environment=arguments.environment,
        form=arguments.source_format,
        profiles=arguments.profile,
    )
    if arguments.format == "json":
        print(report.json())
        return 0
    for note in report.added:
        colour.error(printable(note), kind="note")
    said = f"{arguments.project}/: {report.carried} of {report.total} properties come out of the synthesis"
    print(printable(f"{said}; import.md lists the others" if report.left else said))
    return 0
