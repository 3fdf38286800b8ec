"""A project loads from its files; environments merge along ``extends``."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.loader import loaded_once
from support.project import Project
from support.unseen import unseen_project

ROOT = Path(__file__).resolve().parents[2]
Make = Callable[[], Project]


def test_quantacirc_has_ten_agents_and_four_environments() -> None:
    project = load_project(ROOT)
    assert sum(part.kind == "worker" for part in project.system.components.values()) == 10
    assert sorted(project.environments) == ["dev", "local", "prod", "staging"]


def test_an_heir_keeps_what_it_does_not_set_and_replaces_what_it_does(project: Make) -> None:
    made = project()
    made.write_environment(
        "away", "extends: home\ncluster: { context: kind-away }\ndomain: away.example\nowners: [other@bakery.example]\n"
    )
    away = load_project(made.root).environments["away"]
    assert away.cluster.kubernetes_version == "1.34"
    assert away.cluster.context == "kind-away"
    assert away.owners == ["other@bakery.example"]


OF_ONE = f"""\
approval: false
disposable: true
release: {{ version: 1.0.0, images: {{ app: {{ digest: "sha256:{"a" * 64}" }} }} }}
wired: {{ target: aws, hosts: {{ books: books.internal }} }}
"""


@pytest.mark.parametrize("between", [False, True])
def test_what_is_said_of_one_environment_alone_is_not_inherited(tmp_path: Path, between: bool) -> None:
    """An heir would deploy without an approval, or reach the database of another environment."""
    made = unseen_project(tmp_path / "project", 8)
    bench = made.environment_file("bench").read_text()
    made.environment_file("bench").unlink()
    made.replace_in_environment("north", "release: { version: 3.2.1 }\n", OF_ONE)
    made.replace_in_environment("north", "books: {", "books: { deletion_protection: false,")
    kept = "".join(
        line for line in bench.splitlines(keepends=True) if not line.startswith(("extends:", "description:"))
    )
    if between:
        made.write_environment("middle", f"extends: north\n{kept}")
        base, shares, kept = "middle", ["middle"], ""
    else:
        base, shares = "north", []
    made.write_environment("away", f"extends: {base}\nshares: {shares}\n{kept}")
    loaded = load_project(made.root).environments
    north, away = loaded["north"], loaded["away"]
    assert north.wired is not None
    assert north.wired.hosts == {"books": "books.internal"}
    assert (north.description, north.approval, north.disposable) == ("The plant in the north.", False, True)
    assert north.release.images
    assert (away.name, away.extends, away.wired) == ("away", base, None)
    assert (away.description, away.approval, away.disposable) == ("", True, False)
    assert (away.release.version, away.release.images) == ("1.0.0", {})
    assert away.shares == shares


def test_null_removes_what_is_inherited(project: Make) -> None:
    made = project()
    made.replace_in_environment("home", "owners:", "tags: { team: bakers }\nowners:")
    made.write_environment("away", "extends: home\nshares: [home]\ntags: null\n")
    assert load_project(made.root).environments["away"].tags == {}


def test_every_value_remembers_the_file_it_came_from(project: Make) -> None:
    made = project()
    made.write_environment("away", "extends: home\n\ndomain: away.example\nshares: [home]\n")
    source = load_project(made.root).sources["away"]
    domain, target = source.find(("domain",)), source.find(("target",))
    assert (domain.file, domain.line) == ("apps/environments/away.yaml", 3)
    assert (target.file, target.line) == ("apps/environments/home.yaml", 1)


def test_selecting_an_unknown_environment_suggests_the_nearest(project: Make) -> None:
    with pytest.raises(ModelError, match='no environment "hme", expected "home"'):
        load_project(project().root).select(["hme"])


def test_a_chain_of_three_merges_from_the_base(project: Make) -> None:
    made = project()
    made.write_environment("b", "extends: home\nsize: small\ndomain: b.example\nshares: [home]\n")
    made.write_environment("c", "extends: b\ndescription: third\nshares: [b]\n")
    third = load_project(made.root).environments["c"]
    assert (third.name, third.domain, third.description, third.extends) == ("c", "b.example", "third", "b")


def test_a_file_that_is_saved_during_a_run_changes_nothing_in_it(project: Make) -> None:
    made = project()
    before = load_project(made.root)
    with loaded_once(before):
        (made.root / "apps/system.yaml").write_text("name: other\n")
        assert load_project(made.root) is before
    with pytest.raises(ModelError):
        load_project(made.root)


@pytest.mark.parametrize("name", ["prod.yml", "prod.YAML", "prod.json"])
def test_an_environment_with_another_ending_is_refused(project: Callable[[], Project], name: str) -> None:
    made = project()
    (made.root / "apps" / "environments" / name).write_text("extends: home\n")
    (made.root / "apps" / "environments" / "README.md").write_text("Ours.\n")
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    assert str(error.value) == f"apps/environments/{name}: a file of another ending, expected prod.yaml"


@pytest.mark.parametrize("name", ["Prod", "dev copy", ".hidden"])
def test_the_name_of_an_environment_is_refused_at_its_file(project: Callable[[], Project], name: str) -> None:
    made = project()
    made.write_environment(name, "extends: home\n")
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    said = f'apps/environments/{name}.yaml: the name of the file: found "{name}", expected '
    assert str(error.value).startswith(said)
