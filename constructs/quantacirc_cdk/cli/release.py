"""``qcdk release``: set the images of a build in an environment."""

import argparse

from quantacirc_cdk.cli.options import Commands, add_check, add_command, add_project, path

DETAILS = """\
Reads the tags and digests that `docker/build.sh --push` wrote, and sets them under `release.images` of
apps/environments/ENV.yaml. It changes one line for each image and keeps the rest of the file. No other environment
changes. The next `qcdk synth` changes only image references."""

EXAMPLES = """\
  qcdk release dev --images dist/images.json          the images of the last build
  qcdk release dev --images images.json --check       write nothing; exit with 1 if dev runs other images
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "release", "Set the images that an environment runs", DETAILS, EXAMPLES)
    parser.add_argument("environment", metavar="ENV", help="name of the environment")
    parser.add_argument("--images", metavar="FILE", type=path, required=True, help="result of docker/build.sh")
    parser.add_argument(
        "--with-version",
        action="store_true",
        help="also set release.version; labels and variables contain it, so the next synth changes them too",
    )
    add_check(parser, "the environment runs other images")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.images import read_built, release_changes
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.model.change import tried
    from quantacirc_cdk.model.edit import replace
    from quantacirc_cdk.model.environment import environment_file
    from quantacirc_cdk.model.problems import dotted
    from quantacirc_cdk.model.trial import check_others_stay

    root, name = project_root(arguments.project), arguments.environment
    project = load_project(root)
    environment = project.select([name])[name]
    built, source = read_built(arguments.images)
    changes = release_changes(project.system, environment, built, source, with_version=arguments.with_version)
    if not changes:
        print(f"{name}: nothing new")
        return 0
    shown = environment_file(name)
    _, text, after = tried(root, shown, changes)
    check_others_stay(project, after, name)
    for place, value in changes.items():
        print(f"{name}: {dotted(place)}: {' '.join(map(str, value.values())) if isinstance(value, dict) else value}")
    if arguments.check:
        return 1
    replace(root / shown, text)
    if built.version != environment.release.version and not arguments.with_version:
        print(f"{name}: release.version and labels stay {environment.release.version} (see --with-version)")
    return 0
