"""The audit trail of an environment's account: one for each, as its cloud takes it."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import ENVIRONMENT, Project

Make = Callable[[], Project]
STATES = {
    "aws": '{{ account: "123456789012", region: eu-central-1, state: {{ bucket: {} }} }}',
    "gcp": "{{ account: bakery-prod, region: europe-west3, state: {{ bucket: {} }} }}",
    "azure": "{{ account: 11111111-1111-4111-8111-111111111111, region: westeurope, "
    "state: {{ bucket: {}, resource_group: states }} }}",
}
CLUSTER = "  route_certificates: none\n  node_pools: { main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 } }\n"


def environment(cloud: str, trail: str, state: str = "bakerystate", cidr: str = "10.0.0.0/16") -> str:
    """Return an environment in a cloud with an audit trail."""
    place = f"target: {cloud}\nclouds: {{ {cloud}: {STATES[cloud].format(state)} }}\nnetwork: {{ cidr: {cidr} }}\n"
    text = ENVIRONMENT.replace("target: local\n", f"{place}{trail}")
    return text.replace("owners", f"{CLUSTER}owners", 1)


def messages(made: Project) -> list[str]:
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize("cloud", STATES)
def test_a_trail_is_kept_for_a_year_and_detects_nothing_unless_it_is_asked_to(project: Make, cloud: str) -> None:
    made = project()
    made.write_environment("home", environment(cloud, "audit_trail: {}\n"))
    trail = load_project(made.root).environments["home"].audit_trail
    assert trail is not None
    assert (trail.retention_days, trail.threat_detection) == (365, False)
    made.write_environment("home", environment(cloud, ""))
    assert load_project(made.root).environments["home"].audit_trail is None


@pytest.mark.parametrize(
    ("cloud", "trail", "said"),
    [
        ("aws", "retention_days: 0", "retention_days: found the number 0, expected greater than or equal to 1"),
        ("gcp", "retention_days: 3651", "retention_days: found the number 3651, expected less than or equal to 3650"),
        ("azure", "retention_days: 29", "retention_days: 29 days, expected 30 to 730"),
        ("azure", "retention_days: 731", "retention_days: 731 days, expected 30 to 730"),
        (
            "gcp",
            "threat_detection: true",
            "threat_detection: threat detection, which on Google Cloud is of the organization, expected none: turn on",
        ),
    ],
)
def test_a_cloud_refuses_a_trail(project: Make, cloud: str, trail: str, said: str) -> None:
    made = project()
    made.write_environment("home", environment(cloud, f"audit_trail: {{ {trail} }}\n"))
    (problem,) = messages(made)
    assert problem.startswith("apps/environments/home.yaml:")
    assert f": audit_trail.{said}" in problem


def test_the_names_of_the_buckets_are_such_as_s3_takes(project: Make) -> None:
    made = project()
    home = environment("aws", "audit_trail: {}\n")
    made.write_environment("home", home)
    made.replace_in_system("name: bakery\n", f"name: {'b' * 34}\n")
    assert load_project(made.root)  # with `-home`, 39
    made.replace_in_system(f"name: {'b' * 34}\n", f"name: {'b' * 35}\n")
    (problem,) = messages(made)
    assert f'audit_trail: the trail of "{"b" * 35}-home" of 40 characters, expected at most 39' in problem


STORE = """\
components:
  audit-trail:
    kind: object-store
    image: nats
    storage: { size: 1Gi, path: /data }
"""


def test_a_managed_store_has_another_name_than_the_trail(project: Make) -> None:
    made = project()
    made.replace_in_system("components:\n", STORE)
    settings = "components: { bus: { replicas: { min: 1, max: 1 } }, audit-trail: { provider: managed } }\n"
    made.write_environment("home", environment("aws", f"audit_trail: {{}}\n{settings}"))
    said = 'components.audit-trail: a managed store named "audit-trail", expected another name: the stack uses this one'
    assert [problem.partition(": ")[2] for problem in messages(made)] == [said]
    made.write_environment("home", environment("aws", settings))
    assert load_project(made.root)


def test_an_account_has_one_trail(project: Make) -> None:
    made = project()
    made.write_environment("home", environment("aws", "audit_trail: {}\n"))
    away = environment("aws", "audit_trail: {}\n", "bakeryaway", "10.1.0.0/16")
    made.write_environment(
        "away", away.replace("bakery.example\n", "away.example\n").replace("kind-bakery", "kind-away")
    )
    (problem,) = messages(made)
    assert (
        'audit_trail: audit trail of the aws account "123456789012" is also used by environment "away" '
        "(apps/environments/away.yaml:"
    ) in problem
    made.replace_in_environment("away", 'account: "123456789012"', 'account: "210987654321"')
    assert load_project(made.root)


def test_an_heir_has_no_trail_of_its_base(project: Make) -> None:
    made = project()
    made.write_environment("home", environment("aws", "audit_trail: {}\n"))
    heir = "extends: home\ndomain: away.example\ncluster: { context: kind-away }\nnetwork: { cidr: 10.1.0.0/16 }\n"
    made.write_environment("away", f"{heir}clouds: {{ aws: {{ state: {{ bucket: bakeryaway }} }} }}\n")
    found = load_project(made.root).environments
    assert found["home"].audit_trail is not None
    assert found["away"].audit_trail is None
