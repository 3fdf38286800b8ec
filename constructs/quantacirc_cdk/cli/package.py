"""``qcdk package``: the chart as one reproducible file."""

import argparse
import json
import os

from quantacirc_cdk.cli.options import Commands, add_command, add_out, add_project, path

DETAILS = """\
Writes the chart in dist/helm to <name>-<version>.tgz, for `helm install`, `helm push` and `helm pull`. The same chart
gives the same bytes at any time, on any machine and with any version of Helm, unlike `helm package`. Run `qcdk synth`
first: a file that it has not written, or that was edited since, is refused.

exit status: 0 written, 2 wrong usage or no chart"""

EXAMPLES = """\
  qcdk package                                            build/quantacirc-0.1.0.tgz
  qcdk package --build "$(git rev-parse --short HEAD)"    build/quantacirc-0.1.0+3f2c1a9.tgz
  helm push build/quantacirc-0.1.0.tgz oci://registry.example/charts
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "package", "Package the chart as one reproducible file", DETAILS, EXAMPLES)
    parser.add_argument(
        "--destination", metavar="DIR", type=path, help="folder to write to (default: build/ in the project)"
    )
    parser.add_argument(
        "--build", metavar="ID", default="", help="build metadata to append to the version, such as a commit"
    )
    parser.add_argument(
        "--provenance", metavar="FILE", type=path, help="write its provenance (SLSA, in-toto), for cosign to sign"
    )
    add_project(parser)
    add_out(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.cli.written import refuse_sources, write_file
    from quantacirc_cdk.helm.package import package
    from quantacirc_cdk.helm.provenance import revision_of, statement
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.synth.ownership import read_listing

    root = project_root(arguments.project)
    system = load_project(root).system
    name = system.name
    out = arguments.out or root / "dist"
    place = f"helm/{name}/"
    destination = arguments.destination or root / "build"
    refuse_sources(destination, root)
    listing = read_listing(out)
    written = {file.removeprefix(place): hashes for file, hashes in listing.items() if file.startswith(place)}
    done = package(out / place, destination, build=arguments.build, written=written)
    if arguments.provenance:
        source = system.source.repository if system.source else ""
        said = statement(done, name=name, source=source, revision=revision_of(root), environment=os.environ)
        write_file(arguments.provenance, json.dumps(said, indent=2) + "\n", root)
    print(f"{done.path}  sha256:{done.sha256}")
    return 0
