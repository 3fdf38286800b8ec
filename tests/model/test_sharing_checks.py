"""Two environments take nothing from each other by mistake."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import ENVIRONMENT, Project
from support.unseen import unseen_project


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


def test_all_hosts_of_all_routes_are_compared(made: Project) -> None:
    routes = "    routes: { own: { subdomains: [own] }, fixed: { hosts: [bakery.example, fixed.example] } }\n"
    made.replace_in_system("    exposed: true\n", routes)
    away = ENVIRONMENT.replace("bakery.example", "away.example", 1).replace("kind-bakery", "kind-away")
    made.write_environment("street", away)
    key = "components.shop.routes.fixed.hosts"
    assert [message.partition(": ")[2].partition(" (")[0] for message in messages(made)] == [
        f'{key}: host "bakery.example" is also used by environment "home"',
        f'{key}: host "fixed.example" is also used by environment "home"',
    ]
    assert all(f"expected another host in `{key}`, or `shares: [home]`" in message for message in messages(made))
    line = made.system_file.read_text().partition("fixed: {")[0].count("\n") + 1
    assert all(f'environment "home" (apps/system.yaml:{line})' in message for message in messages(made))
    hosts = "components: { shop: { routes: { fixed: { hosts: [other.example] } } } }\n"
    made.write_environment("street", away + hosts)
    assert load_project(made.root)


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


def test_an_environment_with_problems_is_there(made: Project) -> None:
    text = ENVIRONMENT.replace("registry:", "shares: [home]\nregistry:", 1)
    made.write_environment("away", text)
    made.replace_in_environment("home", "version: 1.0.0", "version: v 1")
    (message,) = messages(made)
    assert message.startswith("apps/environments/home.yaml:4: release.version: found")


def beside(tmp_path: Path, cidr: str, account: str = "444455556666", target: str = "aws") -> Project:
    """Return a project with a second cloud environment, whose network has these addresses."""
    made = unseen_project(tmp_path / "project", 8)
    made.environment_file("bench").unlink()
    text = made.environment_file("north").read_text().replace("plant-north-state", "plant-south-state")
    text = text.replace("plantnorthstate", "plantsouthstate").replace("10.77.0.0/16", cidr)
    text = text.replace("context: plant-north", "context: plant-south").replace("north.plant", "south.plant")
    text = text.replace('account: "444455556666"', f'account: "{account}"').replace("target: aws", f"target: {target}")
    made.write_environment("south", text.replace("the north", "the south"))
    return made


@pytest.mark.integration
def test_only_the_state_in_the_cloud_of_each_environment_must_differ(tmp_path: Path) -> None:
    made = unseen_project(tmp_path / "project", 8)
    made.environment_file("bench").unlink()
    heir = "extends: north\ntarget: azure\ndomain: south.plant.example\ncluster: { context: plant-south }\n"
    clouds = "clouds: { azure: { state: { bucket: plantsouthstate } } }\n"
    made.write_environment("south", heir + clouds)
    assert [message for message in messages_of(made) if "Terraform state" in message] == []
    made.write_environment("south", heir.replace("azure", "aws"))
    (message,) = [one for one in messages_of(made) if "Terraform state" in one]
    assert 'clouds.aws.state.bucket: Terraform state in the aws bucket "plant-north-state" is also used' in message


def messages_of(made: Project) -> list[str]:
    try:
        load_project(made.root)
    except ModelError as refused:
        return [str(problem) for problem in refused.problems]
    return []


@pytest.mark.parametrize("cidr", ["10.77.0.0/16", "10.76.0.0/14", "10.77.128.0/18"])
def test_networks_of_one_account_that_overlap_are_refused_because_they_cannot_be_peered(
    tmp_path: Path, cidr: str
) -> None:
    (message,) = [one for one in messages(beside(tmp_path, cidr)) if "overlaps" in one]
    assert message.startswith(f'apps/environments/south.yaml:31: network.cidr: {cidr} of "south" overlaps 10.77.0.0/16')
    assert 'of "north" in the same account' in message


@pytest.mark.parametrize(
    "others",
    [
        {"cidr": "10.78.0.0/16"},
        {"cidr": "10.77.0.0/16", "account": "777788889999"},
        {"cidr": "10.77.0.0/16", "target": "gcp"},
    ],
)
def test_networks_apart_or_of_another_account_are_taken(tmp_path: Path, others: dict[str, str]) -> None:
    assert sorted(load_project(beside(tmp_path, **others).root).environments) == ["north", "south"]


def test_every_pair_of_networks_is_compared(tmp_path: Path) -> None:
    made = beside(tmp_path, "10.78.0.0/16")
    text = (
        made.environment_file("south")
        .read_text()
        .replace("plant-south", "plant-west")
        .replace("plantsouth", "plantwest")
    )
    made.write_environment("west", text.replace("south.plant", "west.plant").replace("10.78.0.0/16", "10.76.0.0/14"))
    found = [one for one in messages(made) if "overlaps" in one]
    assert [message.partition("overlaps ")[2].partition(" in")[0] for message in found] == [
        '10.77.0.0/16 of "north"', '10.78.0.0/16 of "south"',
    ]  # fmt: skip
