"""``qcdk package``: the chart as one file, with the same bytes every time."""

import argparse
import json
import os

from quantacirc_cdk.cli.options import Commands, add_command, add_out, add_project, path

DETAILS = """\
Writes <name>-<version>.tgz of the chart in dist/helm, which `helm install`, `helm push` and `helm pull` know. The same
chart gives the same bytes, whatever the day, the machine and the version of Helm; `helm package` does not. Run
`qcdk synth` first.

exit status: 0 written, 2 bad use or no chart"""

EXAMPLES = """\
  qcdk package                                            build/quantacirc-0.1.0.tgz
  qcdk package --build "$(git rev-parse --short HEAD)"    build/quantacirc-0.1.0+3f2c1a9.tgz
  helm push build/quantacirc-0.1.0.tgz oci://registry.example/charts
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "package", "Write the chart as one file, always the same bytes", DETAILS, EXAMPLES)
    parser.add_argument(
        "--destination", metavar="DIR", type=path, help="folder to write to (default: build/ of the project)"
    )
    parser.add_argument(
        "--build", metavar="ID", default="", help="build metadata to append to the version, such as a commit"
    )
    parser.add_argument(
        "--provenance", metavar="FILE", type=path, help="write where it comes from (SLSA, in-toto) for cosign to sign"
    )
    add_project(parser)
    add_out(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.helm.package import package
    from quantacirc_cdk.helm.provenance import revision_of, statement
    from quantacirc_cdk.model import load_project

    root = project_root(arguments.project)
    system = load_project(root).system
    name = system.name
    chart = (arguments.out or root / "dist") / "helm" / name
    done = package(chart, arguments.destination or root / "build", build=arguments.build)
    if arguments.provenance:
        source = system.source.repository if system.source else ""
        said = statement(done, name=name, source=source, revision=revision_of(root), environment=os.environ)
        arguments.provenance.parent.mkdir(parents=True, exist_ok=True)
        arguments.provenance.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    print(f"{done.path}  sha256:{done.sha256}")
    return 0
