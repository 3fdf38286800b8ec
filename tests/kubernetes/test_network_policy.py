"""Which addresses a policy opens: IPv4 and IPv6 alike, and never the metadata services of a cloud by accident."""

import pytest

from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.network_policy import (
    Addresses,
    Credentials,
    Edge,
    NetworkPolicyProps,
    Pods,
    network_policy_spec,
)

HTTPS = (Port(name="https", port=443),)


@pytest.mark.parametrize(
    ("cidr", "excepted"),
    [
        ("0.0.0.0/0", ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]),
        ("::/0", ["fc00::/7", "fe80::/10"]),
        ("10.9.0.0/24", []),
        ("fd00:9::/64", []),
        ("2001:db8::/32", []),
    ],
)
def test_private_ranges_within_a_larger_one_are_excepted(cidr: str, excepted: list[str]) -> None:
    target = Addresses(cidr=cidr, public_only=True)
    props = NetworkPolicyProps(
        name="web", pods={"app": "web"}, labels={}, outgoing=[Edge(source=Pods(), target=target, ports=HTTPS)]
    )
    (rule,) = network_policy_spec(props)["egress"]
    (peer,) = rule["to"]
    assert peer["ipBlock"]["cidr"] == cidr
    assert peer["ipBlock"].get("except", []) == excepted


def test_only_link_local_addresses_are_excepted_of_routable_ones() -> None:
    found = []
    for cidr in ("0.0.0.0/0", "::/0"):
        edge = Edge(source=Pods(), target=Addresses(cidr=cidr, routable_only=True), ports=HTTPS)
        (rule,) = network_policy_spec(NetworkPolicyProps(name="web", pods={}, labels={}, outgoing=[edge]))["egress"]
        found.append(rule["to"][0]["ipBlock"]["except"])
    assert found == [["169.254.0.0/16"], ["fe80::/10"]]


def test_rules_for_credentials_follow_the_others_and_are_not_merged_with_them() -> None:
    targets = [(Credentials(cidr="192.0.2.1/32"), 80), (Pods(), 80), (Addresses(cidr="192.0.2.0/24"), 8080)]
    edges = [Edge(source=Pods(), target=target, ports=(Port(name="one", port=port),)) for target, port in targets]
    egress = network_policy_spec(NetworkPolicyProps(name="web", pods={}, labels={}, outgoing=edges))["egress"]
    assert [(rule["ports"][0]["port"], rule["to"]) for rule in egress] == [
        (80, [{"podSelector": {}}]),
        (8080, [{"ipBlock": {"cidr": "192.0.2.0/24"}}]),
        (80, [{"ipBlock": {"cidr": "192.0.2.1/32"}}]),
    ]
