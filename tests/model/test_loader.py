"""A project loads from its files; environments merge along ``extends``."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.loader import loaded_once
from support.project import Project

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
