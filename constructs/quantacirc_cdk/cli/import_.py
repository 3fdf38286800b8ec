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
    parser.add_argument(
        "--namespace",
        metavar="NAME",
        action="append",
        default=[],
        help="namespace to import (default: each with workloads, as projects below DIR); can be repeated",
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
    import json

    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.importing import import_projects
    from quantacirc_cdk.text.terminal import printable

    reports = import_projects(
        arguments.sources,
        arguments.project,
        name=arguments.name,
        environment=arguments.environment,
        form=arguments.source_format,
        profiles=arguments.profile,
        namespaces=arguments.namespace,
    )
    if arguments.format == "json":
        found = {str(path): report.data() for path, report in reports.items()}
        whole = found if len(found) > 1 else next(iter(found.values()))
        print(json.dumps(whole, indent=2, ensure_ascii=False))
        return 0
    if len(reports) > 1:
        colour.error(f"{len(reports)} namespaces have workloads: each becomes a project", kind="note")
    for folder, report in reports.items():
        where = f"{folder.name}: " if len(reports) > 1 else ""
        for note in report.added:
            colour.error(printable(f"{where}{note}"), kind="note")
        said = f"{folder}/: {report.carried} of {report.total} properties come out of the synthesis"
        print(printable(f"{said}; import.md lists the others" if report.left else said))
    return 0
