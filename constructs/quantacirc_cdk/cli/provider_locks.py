"""``qcdk provider-locks``: pin the providers of every stack, with hashes for all platforms."""

import argparse

from quantacirc_cdk.cli.options import Commands, add_command, add_names, add_out, add_project

DETAILS = """\
A stack accepts a range of provider versions. Its .terraform.lock.hcl selects one, with the hashes of the packages
that `terraform init` accepts. This command writes the lock files in dist/ that lack a provider or the hashes of a
platform, with `terraform providers lock`; it needs the providers' registries or a mirror for that, but neither
credentials nor the state. A version that a stack still accepts stays, and a new stack takes the version of the
others. Commit the files.

`qcdk synth` never writes or removes a lock file.

exit status: 0 all complete, 1 with --check: a lock file lacks something, 2 wrong usage, or nothing was written"""

EXAMPLES = """\
  qcdk provider-locks                             complete what is missing
  qcdk provider-locks --check                     only say what is missing, for a pipeline
  qcdk provider-locks --upgrade prod-aws          select the newest versions for one stack
  qcdk provider-locks --mirror /opt/mirror --platforms linux_amd64,linux_arm64
"""


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Pin the providers of every stack, with hashes for all platforms"
    parser = add_command(commands, "provider-locks", summary, DETAILS, EXAMPLES)
    parser.add_argument("stacks", metavar="STACK", nargs="*", help="only these stacks, such as prod-aws")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a lock file lacks something")
    mode.add_argument("--upgrade", action="store_true", help="select the newest versions that the stacks accept")
    add_names(parser, "--platforms", "OS_ARCH", "platforms that plan or apply (default: Linux, macOS and Windows)")
    parser.add_argument(
        "--mirror", metavar="PLACE", default="", help="folder or https:// address with providers (default: registries)"
    )
    parser.add_argument("--terraform", metavar="PROGRAM", default="terraform", help="default: terraform")
    add_project(parser)
    add_out(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.errors import OutputError, Problem
    from quantacirc_cdk.phases import phase
    from quantacirc_cdk.provider_locks import PLATFORMS, Source, check_platforms, complete, problems, read_stacks

    check_platforms(arguments.platforms)
    platforms = arguments.platforms or PLATFORMS
    out = arguments.out or project_root(arguments.project) / "dist"
    every = read_stacks(out)
    if not every:
        raise OutputError(Problem(file=str(out), what="no Terraform stack", expected="the output: run `qcdk synth`"))
    stacks = read_stacks(out, arguments.stacks) if arguments.stacks else every
    if arguments.check:
        found = [(one.name, problem) for one in stacks for problem in problems(one.stack, one.locked, platforms)]
        for name, problem in found:
            print(f"{name}: {problem}")
        print(f"{len(stacks)} stacks, {len({name for name, _ in found})} with an incomplete lock file")
        return 1 if found else 0
    with phase("complete lock files"):
        source = Source(terraform=arguments.terraform, mirror=arguments.mirror)
        written = complete(stacks, every, platforms=platforms, upgrade=arguments.upgrade, source=source)
    for one in written:
        versions = [f"{name.partition('/')[2]} {each.version}" for name, each in sorted((one.locked or {}).items())]
        print(f"{one.name}: {', '.join(versions)}")
    print(f"{len(stacks)} stacks, {len(written)} lock files written")
    return 0
