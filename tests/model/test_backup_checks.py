"""A backup that could not be made, or not be brought back, is refused when the model is read."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import Project

Make = Callable[[], Project]

IMAGES = """\
  postgres: { registry: docker.io, repository: library/postgres, tag: 17.6-alpine }
  rclone: { registry: docker.io, repository: rclone/rclone, tag: "1" }
stream_tool: oven
components:
  recipes: { kind: postgresql, image: postgres, storage: { size: 1Gi, path: /pg } }
  files: { kind: object-store, image: rclone, storage: { size: 1Gi, path: /s3 } }
  recipes-backup:
    { kind: job, image: rclone, schedule: "@daily", reaches: [recipes, files], backs_up: recipes }
  bus-backup:
    { kind: job, image: rclone, schedule: "@daily", reaches: [bus, files], backs_up: bus }
"""


def bakery(project: Make) -> Project:
    """Return a bakery whose recipes and messages are backed up."""
    made = project()
    made.replace_in_system("components:\n", IMAGES)
    stores = "components:\n  recipes: { provider: embedded }\n  files: { provider: embedded }\nowners:"
    made.replace_in_environment("home", "owners:", stores)
    return made


def test_backups_of_a_database_and_a_bus_are_fine(project: Make) -> None:
    load_project(bakery(project).root)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("backs_up: recipes", "backs_up: recipe", 'no store "recipe" that can be backed up, expected "recipes"'),
        ("backs_up: bus", "backs_up: shop", 'no store "shop" that can be backed up'),
        ("stream_tool: oven\n", "", "a backup of the bus without `stream_tool`"),
        ("stream_tool: oven", "stream_tool: ofen", 'no image "ofen", expected "oven"'),
        ("reaches: [bus, files]", "reaches: [files]", "a backup that does not reach bus"),
        ("reaches: [recipes, files]", "reaches: [recipes]", "a backup that does not reach files"),
        ('schedule: "@daily", reaches: [bus', "reaches: [bus", "a backup by a job without a schedule"),
    ],
)
def test_what_cannot_be_backed_up_is_said(project: Make, old: str, new: str, said: str) -> None:
    made = bakery(project)
    made.replace_in_system(old, new)
    with pytest.raises(ModelError) as caught:
        load_project(made.root)
    assert any(said in str(problem) for problem in caught.value.problems), str(caught.value)


@pytest.mark.parametrize("version", ["16", "18"])
def test_a_database_of_another_release_than_the_programs_is_refused(project: Make, version: str) -> None:
    made = bakery(project)
    made.replace_in_environment("home", "recipes: {", f'recipes: {{ version: "{version}",')
    with pytest.raises(ModelError, match=f"recipes.version: version {version}, but backups use version 17"):
        load_project(made.root)
