"""Two environments take nothing from each other by mistake."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import ENVIRONMENT, Project


@pytest.fixture
def made(project: Callable[[], Project]) -> Project:
    return project()


def messages(made: Project) -> list[str]:
    with pytest.raises(ModelError) as caught:
        load_project(made.root)
    return [str(problem) for problem in caught.value.problems]


def test_an_heir_with_the_cluster_and_host_of_its_base_is_refused_in_its_own_file(made: Project) -> None:
    made.write_environment("away", "# new\nextends: home\n")
    first, second = messages(made)
    assert first == (
        'apps/environments/away.yaml:2: cluster.context: namespace "bakery" of the cluster "kind-bakery" '
        'is also used by environment "home" (apps/environments/home.yaml:7), '
        "expected another namespace or context, or `shares: [home]`"
    )
    assert second == (
        'apps/environments/away.yaml:2: domain: host "bakery.example" '
        'is also used by environment "home" (apps/environments/home.yaml:2), '
        "expected another domain, or `shares: [home]`"
    )


@pytest.mark.parametrize("own", ["cluster: { context: kind-away }", "namespace: away"])
def test_a_context_or_a_namespace_of_its_own_is_enough(made: Project, own: str) -> None:
    made.write_environment("away", f"extends: home\ndomain: away.example\n{own}\n")
    assert sorted(load_project(made.root).environments) == ["away", "home"]


def test_an_environment_may_say_that_it_shares(made: Project) -> None:
    made.write_environment("away", "extends: home\nshares: [home]\n")
    made.write_environment("third", "extends: away\nshares: [away]\n")
    assert load_project(made.root).environments["third"].shares == ["away"]


def test_sharing_is_not_inherited(made: Project) -> None:
    made.write_environment("away", "extends: home\nshares: [home]\n")
    made.write_environment("third", "extends: away\n")
    assert [message.split(":")[0] for message in messages(made)] == ["apps/environments/third.yaml"] * 2


def test_two_that_extend_nothing_are_compared_too(made: Project) -> None:
    made.write_environment("street", ENVIRONMENT)
    first, second = messages(made)
    assert first.startswith(
        'apps/environments/street.yaml:2: domain: host "bakery.example" is also used by environment "home" ('
    )
    assert second.startswith("apps/environments/street.yaml:7: cluster.context: namespace")


def test_a_host_of_a_component_may_be_another_s_domain(made: Project) -> None:
    away = ENVIRONMENT.replace("bakery.example", "away.example", 1).replace("kind-bakery", "kind-away")
    made.write_environment("street", away + "components:\n  shop:\n    host: bakery.example\n")
    (message,) = messages(made)
    assert message.startswith(
        'apps/environments/street.yaml:11: components.shop.host: host "bakery.example" is also used'
    )
    assert "apps/environments/home.yaml:2" in message
    assert "expected another host, or `shares: [home]`" in message


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ("[hom]", 'away.yaml:3: shares[0]: no other environment "hom", expected "home"'),
        ("[away]", 'away.yaml:3: shares[0]: no other environment "away", expected'),
        ("[home]", 'away.yaml:3: shares[0]: shares neither a namespace nor a host with "home", expected only'),
    ],
)
def test_what_shares_says_must_be_so(made: Project, shares: str, said: str) -> None:
    text = ENVIRONMENT.replace("bakery.example", "away.example", 1).replace("kind-bakery", "kind-away")
    made.write_environment("away", text.replace("registry:", f"shares: {shares}\nregistry:", 1))
    assert any(said in message for message in messages(made))
