"""``qcdk parity``: the parameters that differ between environments, with reasons, and undeclared differences."""

import argparse
import sys
from pathlib import Path

from quantacirc_cdk.cli.options import Commands, add_command, add_format, add_out, add_project

DETAILS = """\
Derives the Helm chart from the manifests of all environments, and prints the parameters that differ, each with its
reason. A difference without a rule or a key in an environment's file is also a parameter, and is listed as undeclared;
--strict fails on it, and on an object of which only the differences have values. Run `qcdk synth --only kubernetes`
first: this command reads dist/kubernetes.

exit status: 0 success, 1 with --strict: a difference is undeclared, 2 wrong usage or no manifests"""

EXAMPLES = """\
  qcdk parity                         all environments
  qcdk parity staging prod            the differences between two environments
  qcdk parity --all prod              every value of an environment
  qcdk parity --format markdown       as in dist/report/parity.md
  qcdk parity --strict                for CI: fail on undeclared differences
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "parity", "Show the differences between environments, with reasons", DETAILS, EXAMPLES
    )
    parser.add_argument("environments", metavar="ENV", nargs="*", help="only these environments")
    parser.add_argument("--all", action="store_true", help="include parameters that do not differ")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a difference is undeclared")
    add_format(parser, "text", "json", "markdown")
    add_project(parser)
    add_out(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.errors import Problem, PropsError
    from quantacirc_cdk.helm import system_chart
    from quantacirc_cdk.helm.parity import parity
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.phases import phase
    from quantacirc_cdk.report.parity import FORMATS

    root = project_root(arguments.project)
    project = load_project(root)
    names = sorted(project.select(tuple(arguments.environments) or None))
    manifests: Path = (arguments.out or root / "dist") / "kubernetes"
    missing = [name for name in sorted(project.environments) if not (manifests / name).is_dir()]
    if missing:
        raise PropsError(f"no manifests of {', '.join(missing)} in {manifests}, expected the output of `qcdk synth`")
    with phase("derive the chart"):
        chart = system_chart(project, manifests).derived()
    found = parity(chart, names, everything=arguments.all)
    sys.stdout.write(FORMATS[arguments.format](found))
    undeclared = [row for row in found["parameters"] if row["undeclared"]]
    if not arguments.strict:
        return 0
    for name in found["without_values"]:
        problem = Problem(
            key=name, what="values for it would not render the manifests", expected="values as others have"
        )
        colour.error(problem, kind="undeclared")
    for row in undeclared:
        values = ", ".join(f"{value!r} in {name}" for name, value in row["values"].items())
        problem = Problem(
            key=row["path"], what=values, expected="the same value, or a key of the environments' files that sets it"
        )
        colour.error(problem, kind="undeclared")
    return int(bool(undeclared or found["without_values"]))
