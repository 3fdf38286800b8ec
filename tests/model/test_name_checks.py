"""A name that Kubernetes would refuse once it is longer by what is added is refused with its line."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import ENVIRONMENT, Project


def set_provider(made: Project, kind: str, name: str) -> None:
    """Run a database in the cluster: the environment has no cloud."""
    if "postgresql" in kind:
        made.write_environment("home", ENVIRONMENT + f"components:\n  {name}: {{ provider: embedded }}\n")


@pytest.mark.parametrize(
    ("kind", "longest"),
    [
        ("kind: worker\n    consumes: [bakery.orders]", 63),
        ("kind: service", 63),
        ("kind: service\n    exposed: true", 56),
        ("kind: job", 52),
        ('kind: job\n    schedule: "@daily"', 52),
        ("kind: postgresql\n    storage: { size: 1Gi, path: /pg }", 52),
    ],
)
def test_a_name_has_room_for_what_is_added(project: Callable[[], Project], kind: str, longest: int) -> None:
    made = project()
    text = made.system_file.read_text()
    fits, too_long = "a" * longest, "a" * (longest + 1)
    if longest < 63:
        set_provider(made, kind, too_long)
        made.write_system(text + f"  {too_long}:\n    {kind}\n    image: oven\n")
        with pytest.raises(
            ModelError, match=rf"apps/system.yaml:\d+: .*of {longest + 1} characters, expected at most {longest}"
        ):
            load_project(made.root)
    set_provider(made, kind, fits)
    made.write_system(text + f"  {fits}:\n    {kind}\n    image: oven\n")
    load_project(made.root)


def test_the_names_of_a_bus_and_of_backups_leave_room_for_their_jobs(project: Callable[[], Project]) -> None:
    made = project()
    made.replace_in_system("  bus:\n", f"  {'b' * 47}:\n")
    with pytest.raises(
        ModelError, match="of 47 characters, expected at most 46, the name of a Job that creates streams"
    ):
        load_project(made.root)
