"""IAM roles of teams: the groups that they have in a cluster on AWS, and what is refused with file and line."""

import re
from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.team_roles import RoleGroups, role_groups
from support.project import ENVIRONMENT, Project

Make = Callable[[], Project]
TEAMS = "teams: { bakers: { group: bakers }, ovens: { group: oven-guards } }\n"
CLUSTER = "  route_certificates: none\n  node_pools: { main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 } }\n"
CLOUDS = {
    "aws": '{{ account: "123456789012", region: {region}, state: {{ bucket: bakery-state }}, {more} }}',
    "gcp": "{{ account: bakery-prod, region: europe-west3, security_group: gke-security-groups@bakery.example, "
    "state: {{ bucket: bakery-state }}, {more} }}",
    "azure": "{{ account: 11111111-1111-4111-8111-111111111111, region: westeurope, "
    "state: {{ bucket: bakerystate, resource_group: states }}, {more} }}",
}


def on(
    project: Project, cloud: str, roles: str, *, region: str = "eu-central-1", cluster: str = "", network: str = ""
) -> Project:
    """Put the project's environment into a cloud, with roles of its teams."""
    settings = CLOUDS[cloud].format(region=region, more=f"team_roles: {roles}")
    place = f"target: {cloud}\nclouds: {{ {cloud}: {settings} }}\nnetwork: {{ cidr: 10.0.0.0/16{network} }}\n{TEAMS}"
    text = ENVIRONMENT.replace("target: local\n", place).replace("owners", f"{CLUSTER}{cluster}owners")
    project.write_environment("home", text)
    return project


def refused(project: Project) -> str:
    with pytest.raises(ModelError) as error:
        load_project(project.root)
    (problem,) = error.value.problems
    assert re.match(r"apps/environments/home\.yaml:\d+: ", str(problem))
    return str(problem).partition(": ")[2]


def test_a_role_has_the_groups_of_its_teams_in_one_entry(project: Make) -> None:
    other = "arn:aws:iam::999999999999:role/guests"
    roles = f"{{ bakers: [bakers, shared/all], ovens: ['{other}', shared/all] }}"
    environment = load_project(on(project(), "aws", roles).root).environments["home"]
    assert role_groups(environment) == {
        "bakers": RoleGroups(arn="arn:aws:iam::123456789012:role/bakers", groups=("bakers",)),
        "all": RoleGroups(arn="arn:aws:iam::123456789012:role/shared/all", groups=("bakers", "oven-guards")),
        "999999999999_guests": RoleGroups(arn=other, groups=("oven-guards",)),
    }


def test_roles_are_those_of_the_partition(project: Make) -> None:
    made = on(project(), "aws", "{ bakers: [bakers] }", region="us-gov-west-1")
    (role,) = role_groups(load_project(made.root).environments["home"]).values()
    assert role.arn == "arn:aws-us-gov:iam::123456789012:role/bakers"


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ("{ baker: [a] }", 'team_roles.baker: no team "baker", expected "bakers"'),
        ("{ bakers: [] }", "team_roles.bakers: found a list, expected at least 1 entry"),
        ("{ bakers: ['a b'] }", 'team_roles.bakers[0]: found "a b", expected the name of an IAM role'),
        ("{ bakers: ['arn:aws:iam::1:role/a'] }", "team_roles.bakers[0]: found "),
        ("{ bakers: [a, b, a] }", "team_roles.bakers[2]: a twice, expected each role once"),
        (
            "{ bakers: [a, 'arn:aws:iam::123456789012:role/a'] }",
            "team_roles.bakers[1]: arn:aws:iam::123456789012:role/a twice, expected each role once",
        ),
        ("{ bakers: [a.b, a_b] }", "team_roles.bakers[1]: a_b and a.b, whose names Terraform does not tell apart"),
        ("{ bakers: [a-b, a_b] }", "team_roles.bakers[1]: a_b and a-b, whose names Terraform does not tell apart"),
        ("{ bakers: [a.b], ovens: [a_b] }", "team_roles.ovens[0]: a_b and a.b, whose names Terraform does not tell"),
        ("{ bakers: [a], ovens: [x/a] }", "team_roles.ovens[0]: x/a and a, whose names Terraform does not tell apart"),
        (
            "{ bakers: ['arn:aws-us-gov:iam::123456789012:role/a'] }",
            "team_roles.bakers[0]: arn:aws-us-gov:iam::123456789012:role/a, in another partition of AWS",
        ),
    ],
)
def test_a_role_that_is_none_is_refused(roles: str, said: str, project: Make) -> None:
    assert refused(on(project(), "aws", roles)).startswith(f"clouds.aws.{said}")


@pytest.mark.parametrize("cloud", ["gcp", "azure"])
def test_other_clouds_have_no_such_roles(cloud: str, project: Make) -> None:
    said = f"clouds.{cloud}.team_roles: IAM roles of teams, which only AWS has, expected none"
    assert refused(on(project(), cloud, "{ bakers: [a] }")).startswith(said)


def test_an_existing_cluster_has_entries_of_its_own(project: Make) -> None:
    network = ", existing: { name: vpc-0a1b2c, private_subnets: [subnet-0a1b2c, subnet-1b2c3d] }"
    made = on(project(), "aws", "{ bakers: [a] }", cluster="  existing: { name: shared }\n", network=network)
    assert "clouds.aws.team_roles: access entries for an existing cluster, expected none" in refused(made)
