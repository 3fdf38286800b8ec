"""A problem with an inherited value says which environment refuses it, and which file and line set it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.apps import workloads
from quantacirc_cdk.cli.main import main
from quantacirc_cdk.errors import ModelError, PropsError
from quantacirc_cdk.model import load_project
from support.project import ENVIRONMENT, Project

Make = Callable[[], Project]
AWS = "aws: { account: '123456789012', region: eu-central-1, recovery_region: eu-west-1, state: { bucket: flour } }"
GCP = "gcp: { account: bakery, region: europe-west3, recovery_region: europe-west4, state: { bucket: sugar } }"
POOL = "general: { cpu: 8, memory: 32Gi, min_nodes: 1, max_nodes: 3 }"
CLOUD = f"""\
target: aws
clouds:
  {AWS}
network: {{ cidr: 10.0.0.0/16 }}
components:
  shop:
    cloud_access:
      - {{ actions: [sqs:SendMessage], resources: ["arn:aws:sqs:eu-central-1:123456789012:orders"] }}
"""
HEIR = "extends: home\nnetwork: { cidr: 10.1.0.0/16 }\n"


@pytest.fixture
def made(project: Make) -> Project:
    """Return a project with an environment on AWS that gives a component permissions there."""
    found = project()
    pools = f"cluster:\n  route_certificates: gateway\n  node_pools: {{ {POOL} }}"
    found.write_environment("home", ENVIRONMENT.replace("target: local\n", CLOUD).replace("cluster:", pools))
    return found


def heir(made: Project, name: str, more: str, extends: str = "home") -> None:
    """Add an environment that extends another one and shares nothing with it."""
    own = f"domain: {name}.example\ncluster: {{ context: {name} }}\n"
    made.write_environment(name, f"extends: {extends}\n{own}{more}")


def messages(made: Project) -> list[str]:
    with pytest.raises(ModelError) as caught:
        load_project(made.root)
    return [str(problem) for problem in caught.value.problems]


def on_google(cidr: str) -> str:
    return f"target: gcp\nclouds:\n  aws: null\n  {GCP}\nnetwork: {{ cidr: {cidr} }}\n"


def test_the_heir_that_cannot_have_the_permissions_of_its_base_is_named_with_their_line(made: Project) -> None:
    heir(made, "away", on_google("10.1.0.0/16"))
    found = messages(made)
    assert found
    for message in found:
        assert message.startswith("apps/environments/home.yaml:8: components.shop.cloud_access[0]."), message
        assert " in away, expected " in message, message


def test_all_heirs_that_refuse_a_value_are_named_in_one_message(made: Project) -> None:
    heir(made, "away", on_google("10.1.0.0/16"))
    heir(made, "far", on_google("10.2.0.0/16").replace("sugar", "salt"))
    assert [message for message in messages(made) if " in away and far, expected " in message] == messages(made)


def test_a_bad_value_of_a_base_is_a_problem_of_the_base(made: Project) -> None:
    made.replace_in_environment("home", "sqs:SendMessage", "SendMessage")
    heir(made, "away", "clouds: { aws: { state: { bucket: salt } } }\nnetwork: { cidr: 10.1.0.0/16 }\n")
    (message,) = messages(made)
    assert message.startswith("apps/environments/home.yaml:8: components.shop.cloud_access[0].actions[0]: ")
    assert " in away" not in message


def test_a_value_of_the_heir_needs_no_name(made: Project) -> None:
    heir(
        made,
        "away",
        "clouds: { aws: { region: eu-centrall-1, state: { bucket: salt } } }\nnetwork: { cidr: 10.1.0.0/16 }\n",
    )
    (message,) = messages(made)
    assert message.startswith("apps/environments/away.yaml:4: clouds.aws.region: no region")
    assert " in away" not in message


def test_a_value_of_the_system_names_every_environment_that_refuses_it(project: Make) -> None:
    made = project()
    made.replace_in_system("kind: worker", "kind: worker\n    placement: { node_pool: gpu }")
    heir(made, "away", "")
    (message,) = messages(made)
    assert 'system.yaml:12: components.baker.placement.node_pool: no node pool "gpu" in away and home' in message


def test_an_inherited_network_that_overlaps_another_is_named_with_its_line(made: Project) -> None:
    account = "account: '999999999999', state: { bucket: salt }"
    heir(made, "away", f"clouds: {{ aws: {{ {account} }} }}\n")
    heir(made, "far", f"clouds: {{ aws: {{ {account.replace('salt', 'rye')} }} }}\n")
    (message,) = messages(made)
    assert message.startswith("apps/environments/far.yaml:1: network.cidr: 10.0.0.0/16 of ")
    assert ' of "far" (apps/environments/home.yaml:4) overlaps 10.0.0.0/16 of "away"' in message


@pytest.mark.integration
@pytest.mark.parametrize("part", ["kubernetes", "terraform"])
def test_an_inherited_registry_of_the_stack_of_the_base_is_refused_at_its_line(
    made: Project, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/bakery"
    made.replace_in_environment("home", "registry.bakery.example", f"{registry}-home")
    heir(made, "away", "clouds: { aws: { state: { bucket: salt } } }\nnetwork: { cidr: 10.1.0.0/16 }\n")
    assert main(["synth", "--project", str(made.root), "--only", part]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    said = (
        f'apps/environments/home.yaml:10: registry: images are pulled from "{registry}-home", but those of the stack '
    )
    assert line == f'error: {said}are in "{registry}-away" in away, expected "{registry}-away"'


@pytest.mark.integration
def test_a_problem_of_the_manifests_names_the_environments(project: Make, tmp_path: Path) -> None:
    made = project()
    oven = "{ config_map: shop, key: OVEN }"
    made.replace_in_system("kind: worker", f"kind: worker\n    environment: {{ OVEN: {oven} }}")
    heir(made, "away", "")
    with pytest.raises(PropsError) as caught:
        workloads.synthesize(made.root, tmp_path / "out", None)
    (problem,) = caught.value.problems
    said = 'components.baker.environment.OVEN.key: no key "OVEN" in the ConfigMap shop in away and home, expected '
    assert str(problem).startswith(f"apps/system.yaml:12: {said}")
