"""Programs that change DNS records: what is refused, with file and line."""

import re
from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import ENVIRONMENT, Project

Make = Callable[[], Project]
CLUSTER = "  route_certificates: none\n  node_pools: { main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 } }\n"
AWS = """\
target: aws
clouds: { aws: { account: "123456789012", region: eu-central-1, state: { bucket: bakery-state } } }
network: { cidr: 10.0.0.0/16 }
"""


def with_programs(project: Project, programs: str, place: str = AWS, region: str = "eu-central-1") -> Project:
    text = ENVIRONMENT.replace("target: local\n", place.replace("eu-central-1", region))
    more = f"{CLUSTER if place == AWS else ''}  dns_programs: {programs}\n"
    project.write_environment("home", text.replace("owners", f"{more}owners"))
    return project


def refused(made: Project) -> str:
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    (problem,) = error.value.problems
    assert re.match(r"apps/environments/home\.yaml:\d+: ", str(problem))
    return str(problem).partition(": ")[2]


def test_each_program_is_one_that_is_known(project: Make) -> None:
    assert load_project(with_programs(project(), "[cert-manager, external-dns]").root)
    assert refused(with_programs(project(), "[cert-manger]")).startswith(
        'cluster.dns_programs[0]: found "cert-manger", expected "cert-manager"'
    )
    twice = refused(with_programs(project(), "[external-dns, external-dns]"))
    assert twice == "cluster.dns_programs[1]: external-dns twice, expected each program once"


def test_a_local_environment_has_no_zone(project: Make) -> None:
    said = "cluster.dns_programs: `dns_programs` of a local environment, which has no DNS zone, expected none"
    assert refused(with_programs(project(), "[cert-manager]", "target: local\n")) == said


def test_govcloud_has_no_public_zone(project: Make) -> None:
    said = "cluster.dns_programs: a DNS zone in us-gov-west-1, where Route 53 has no public ones, expected none: the"
    assert refused(with_programs(project(), "[cert-manager]", region="us-gov-west-1")).startswith(said)


def test_a_component_does_not_share_its_identity(project: Make) -> None:
    made = with_programs(project(), "[external-dns]")
    made.replace_in_system("  baker:\n", "  external-dns:\n")
    said = "cluster.dns_programs[0]: the identity of external-dns, which is also a component of the system"
    assert refused(made).startswith(said)
