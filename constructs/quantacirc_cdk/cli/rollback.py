"""``qcdk rollback``: go back to an earlier revision of an environment's release."""

import argparse

from quantacirc_cdk.cli.options import Commands, add_command, add_dry_run, add_project

DETAILS = """\
Shows the changes and their effects, restores the revision with helm, and waits until every component is ready. You can
undo a rollback. It refuses what it cannot undo (a database migration, the deletion of a volume, a change of an
immutable field), unless you accept the risk by its name. It sends nothing unless the kube context is the
environment's."""

EXAMPLES = """\
  qcdk rollback staging               to the last good revision before the current one
  qcdk rollback prod 7                to revision 7 of `helm history`
  qcdk rollback prod --dry-run        show the changes; change nothing
  qcdk rollback prod 7 --accept database-migration   the database was restored from its backup first

exit status:
  0    rolled back and ready; with --dry-run: all checks passed
  2    refused, or wrong usage; nothing was changed
  3    not completed, or not ready: the message describes the state and the next step
  130  interrupted: before any change, or restored without waiting until ready
"""


def add(commands: Commands) -> None:
    """Add the command."""
    from quantacirc_cdk.cli.deploy import add_release_options

    parser = add_command(commands, "rollback", "Go back to an earlier revision", DETAILS, EXAMPLES)
    parser.add_argument("environment", metavar="ENV", help="name of the environment")
    parser.add_argument(
        "revision",
        metavar="REVISION",
        nargs="?",
        type=int,
        help="default: the last good revision before the current one",
    )
    add_dry_run(parser)
    add_release_options(
        parser,
        undo="go back to the revision in FILE, which `qcdk deploy --undo-file FILE` wrote, also where that deployment "
        "was killed; without FILE there is nothing to undo",
    )
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.deploy import finish, finish_dry, release_options, voice
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.cli.rollout_display import display
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.operations.release import Run
    from quantacirc_cdk.operations.rollback import plan, rollback, undone

    options = release_options(arguments)
    project = load_project(project_root(arguments.project))
    with display() as shown:
        run = Run(project, arguments.environment, options, voice(arguments, shown), "rollback")
        if options.undo_file is not None:
            wanted = undone(run, arguments.revision)
            if wanted is None:
                shown.say("nothing to undo: no deployment is left unfinished or unhealthy")
                return 0
            arguments.revision = wanted
        if arguments.dry_run:
            planned = plan(run, arguments.revision)
            message = (
                f"{run.target.release} could be rolled back to revision {planned.target.number}; nothing was changed"
            )
            return finish_dry(arguments, shown, planned.changes, message)
        outcome = rollback(run, arguments.revision)
    return finish(arguments, outcome)
