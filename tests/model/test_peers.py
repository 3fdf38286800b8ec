"""Peers of a network: what each cloud takes, and what it refuses with file and line."""

import re
from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.limits.network_peers import FORMS, MOST_PEERS, PeerNetwork
from quantacirc_cdk.model import load_project
from support.limits import TAKEN, VIRTUAL_NETWORKS
from support.project import ENVIRONMENT, Project

Make = Callable[[], Project]
STATES = {
    "aws": '{ account: "123456789012", region: eu-central-1, state: { bucket: bakery-state } }',
    "gcp": "{ account: bakery-prod, region: europe-west3, state: { bucket: bakery-state } }",
    "azure": "{ account: 11111111-1111-4111-8111-111111111111, region: westeurope, "
    "state: { bucket: bakerystate, resource_group: states } }",
}
NETWORKS = {
    "aws": "vpc-0a1b2c3d4e5f67890",
    "gcp": "projects/data-prod/global/networks/data",
    "azure": f"{VIRTUAL_NETWORKS}/data",
}
POOLS = "  route_certificates: none\n  node_pools: { main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 } }\n"


def peered(project: Project, cloud: str, *peers: str, network: str = "") -> Project:
    """Put the project's environment into a cloud, with peers and more keys of the network."""
    named = "".join(f"    {peer}\n" for peer in peers)
    section = f"network:\n  cidr: 10.0.0.0/16\n{network}  peers:\n{named}"
    place = f"target: {cloud}\nclouds: {{ {cloud}: {STATES[cloud]} }}\n{section}"
    text = ENVIRONMENT.replace("target: local\n", place).replace("owners", f"{POOLS}owners")
    project.write_environment("home", text)
    return project


def peer(cloud: str, more: str = "", *, cidrs: str = "[10.90.0.0/16]", name: str = "data", network: str = "") -> str:
    return f"{name}: {{ network: {network or NETWORKS[cloud]}, cidrs: {cidrs}{more} }}"


def refused(project: Project) -> list[str]:
    with pytest.raises(ModelError) as error:
        load_project(project.root)
    return [str(problem) for problem in error.value.problems]


@pytest.mark.integration
@pytest.mark.parametrize("cloud", NETWORKS)
def test_a_network_is_named_as_its_cloud_names_it(project: Make, cloud: str) -> None:
    made = load_project(peered(project(), cloud, peer(cloud)).root).environments["home"].network
    assert made is not None
    assert made.peers["data"].network == NETWORKS[cloud]
    other = next(one for one in NETWORKS if one != cloud)
    (problem,) = refused(peered(project(), cloud, peer(cloud, network=NETWORKS[other])))
    assert re.match(r"apps/environments/home\.yaml:\d+: network\.peers\.data\.network: found ", problem)
    assert problem.endswith(f"expected {FORMS[cloud].refusal('')}")


def test_each_id_has_the_form_of_one_cloud() -> None:
    (ids,) = (ids for rule, ids in TAKEN if rule is PeerNetwork)
    for one in ids:
        assert sum(form.refusal(one) is None for form in FORMS.values()) == 1, one


@pytest.mark.parametrize(
    ("cloud", "cidr", "said"),
    [
        ("aws", "10.0.64.0/18", "10.0.64.0/18 overlaps network.cidr 10.0.0.0/16, expected ranges that do not overlap"),
        ("aws", "0.0.0.0/0", "0.0.0.0/0 overlaps network.cidr 10.0.0.0/16"),
        ("aws", "172.20.128.0/20", "172.20.128.0/20 overlaps network.service_cidr 172.20.0.0/16"),
        ("gcp", "172.16.0.0/12", "172.16.0.0/12 overlaps network.service_cidr 172.20.0.0/16"),
        ("gcp", "100.64.0.0/20", "100.64.0.0/20 overlaps network.pod_cidr 100.64.0.0/14"),
        ("azure", "100.66.0.0/16", "100.66.0.0/16 overlaps network.pod_cidr 100.64.0.0/14"),
        ("azure", "172.30.4.0/24", "172.30.4.0/24 overlaps 172.30.0.0/16, which the cloud uses itself"),
        ("aws", "169.254.8.0/24", "169.254.8.0/24 overlaps 169.254.0.0/16, which is not routed"),
        ("gcp", "224.0.0.0/24", "224.0.0.0/24 overlaps 224.0.0.0/4, which is not routed"),
        ("aws", "10.90.0.1/16", 'found "10.90.0.1/16"'),
    ],
)
def test_ranges_of_a_peer_overlap_no_others(project: Make, cloud: str, cidr: str, said: str) -> None:
    (problem,) = refused(peered(project(), cloud, peer(cloud, cidrs=f"[10.90.0.0/16, {cidr}]")))
    assert re.match(r"apps/environments/home\.yaml:\d+: network\.peers\.data\.cidrs\.1: ", problem.replace("[1]", ".1"))
    assert said in problem


def test_ranges_of_pods_on_aws_are_those_of_the_network(project: Make) -> None:
    assert load_project(peered(project(), "aws", peer("aws", cidrs="[100.64.0.0/20]")).root)


def test_a_peer_overlaps_no_secondary_range(project: Make) -> None:
    network = "  secondary_cidr: 100.64.0.0/16\n"
    (problem,) = refused(peered(project(), "aws", peer("aws", cidrs="[100.64.0.0/20]"), network=network))
    assert "100.64.0.0/20 overlaps network.secondary_cidr 100.64.0.0/16" in problem


def test_peers_do_not_overlap_each_other_and_are_other_networks(project: Make) -> None:
    other = peer("aws", name="hub", cidrs="[10.90.4.0/22]")
    found = refused(peered(project(), "aws", peer("aws"), other))
    assert {re.sub(r"^\S+ network\.peers\.", "", one).partition(", expected")[0] for one in found} == {
        'hub.network: the network of the peer "data"',
        "hub.cidrs[0]: 10.90.4.0/22 overlaps network.peers.data 10.90.0.0/16",
    }


def test_a_peer_has_a_range(project: Make) -> None:
    (problem,) = refused(peered(project(), "aws", peer("aws", cidrs="[]")))
    assert "network.peers.data.cidrs" in problem


@pytest.mark.parametrize(
    ("cloud", "more", "said"),
    [
        ("gcp", 'account: "123456789012"', "data.account: the account of a network outside AWS, expected none: its id"),
        ("azure", "region: westeurope", "data.region: the region of a network outside AWS, expected none"),
        ("gcp", "dns_resolution: true", "data.dns_resolution: `dns_resolution` outside AWS, expected none: share the"),
        ("aws", "account: bakery", 'data.account: found "bakery", expected an AWS account id of 12 digits, in quotes'),
        ("aws", "region: eu-centrale-1", 'data.region: no region "eu-centrale-1" in aws, expected "eu-central-1"'),
        (
            "aws",
            "region: us-gov-west-1",
            "data.region: us-gov-west-1, in another partition of AWS, expected a region as eu-central-1",
        ),
        (
            "aws",
            "region: eu-west-1, dns_resolution: true",
            "data.dns_resolution: `dns_resolution` with another account",
        ),
        (
            "aws",
            'account: "999999999999", dns_resolution: true',
            "which AWS takes only once the peering is accepted, expected none: set it after that with `aws ec2 modify-",
        ),
    ],
)
def test_a_peer_has_what_its_cloud_knows(project: Make, cloud: str, more: str, said: str) -> None:
    problems = refused(peered(project(), cloud, peer(cloud, f", {more}")))
    assert any(said in one for one in problems), problems
    assert all(re.match(r"apps/environments/home\.yaml:\d+: network\.peers\.data\.", one) for one in problems)


def test_own_account_and_region_may_be_stated(project: Make) -> None:
    own = ', account: "123456789012", region: eu-central-1, dns_resolution: true'
    assert load_project(peered(project(), "aws", peer("aws", own)).root)


@pytest.mark.integration
@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_a_network_has_as_many_peers_as_its_cloud_allows(project: Make, cloud: str) -> None:
    def peers(count: int) -> list[str]:
        one = {"aws": "vpc-{:08x}", "gcp": "projects/data-{}/global/networks/data"}[cloud]
        return [
            peer(cloud, name=f"x{number}", network=one.format(number), cidrs=f"[10.{number + 1}.0.0/16]")
            for number in range(10, count + 10)
        ]

    most = MOST_PEERS[cloud]
    assert load_project(peered(project(), cloud, *peers(most)).root)
    (problem,) = refused(peered(project(), cloud, *peers(most + 1)))
    assert f"network.peers: {most + 1} peers, expected at most {most} on {cloud}" in problem


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_operators_in_a_peered_network_reach_the_private_api(project: Make, cloud: str) -> None:
    made = peered(project(), cloud, peer(cloud))
    made.replace_in_environment("home", "cluster:\n", "cluster:\n  operator_cidrs: [10.90.8.0/24]\n")
    assert load_project(made.root).environments["home"].cluster.operator_cidrs == ["10.90.8.0/24"]
