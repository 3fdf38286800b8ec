"""``qcdk pin``: write the digests of charts, as their registries have them."""

import argparse

from quantacirc_cdk.cli.options import Commands, add_check, add_command, add_project

DETAILS = """\
Asks the registry of each chart for the digest of the version that the model names, and writes it beside the version:
of the components NAME, or of all that have no digest yet. The digest decides what is installed, so it is what a review
sees. With --version, sets the version too. A registry that does not respond ends it with exit status 2, and writes
nothing."""

EXAMPLES = """\
  qcdk pin                                       every chart and operator without a digest
  qcdk pin cert-manager --version v1.20.2        a new version of one, and its digest
  qcdk pin keda --env dev --version 2.20.2       in one environment first
  qcdk pin --check cert-manager                  exit with 1 if the registry has another digest for this version
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "pin", "Write the digests of third-party charts", DETAILS, EXAMPLES)
    parser.add_argument("names", metavar="NAME", nargs="*", help="component (default: all without a digest)")
    parser.add_argument("--version", help="version to set; for one NAME")
    parser.add_argument("--env", metavar="ENV", help="write to this environment's file (default: apps/system.yaml)")
    add_check(parser, "a digest would change")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.errors import ModelError, Problem, nearest
    from quantacirc_cdk.model.change import change, document_of, file_of
    from quantacirc_cdk.model.document import Place, Plain
    from quantacirc_cdk.operations.pins import digests, is_pinned

    root = project_root(arguments.project)
    system, shown = file_of(root, None), file_of(root, arguments.env)
    known, here = (_components(document_of(root, file)) for file in (system, shown))
    charts = [name for name, section in known.items() if is_pinned(root, section)]
    problems = [
        Problem(what=f'no chart or operator "{name}"', expected=nearest(name, charts))
        for name in arguments.names
        if name not in charts
    ]
    if arguments.version and len(arguments.names) != 1:
        problems.append(Problem(key="--version", what=f"for {len(arguments.names)} components", expected="one NAME"))
    if problems:
        raise ModelError(problems)
    versions: dict[Place, Plain] = {}
    if arguments.version:
        versions["components", arguments.names[0], "version"] = arguments.version
    sections = {name: section for name in charts if isinstance(section := here.get(name), dict)}
    lacking = [name for name, section in sections.items() if "version" in section and "digest" not in section]
    names = arguments.names or lacking
    unversioned = [name for name in names if not arguments.version and "version" not in sections.get(name, {})]
    if unversioned:
        raise ModelError(
            Problem(file=shown, key=f"components.{name}", what="no `version`", expected="one, or --version")
            for name in unversioned
        )
    found = digests(root, shown, versions, names, arguments.env)
    changed = change(root, shown, {**versions, **found}, check=arguments.check) if found else False
    for (_, name, _), digest in found.items():
        print(f"{name}: {digest}")
    print(f"{shown}: {('would change' if arguments.check else 'changed') if changed else 'unchanged'}")
    return 1 if changed and arguments.check else 0


def _components(document: object) -> dict[str, object]:
    """Return the sections of the components in a file."""
    found = document.get("components") if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}
