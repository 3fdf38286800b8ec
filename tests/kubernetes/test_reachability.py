"""The evaluator follows the semantics of NetworkPolicy.

https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantacirc_cdk.kubernetes.reachability import Connection, Endpoint, allowed, connections, matches, pods

WEB = Endpoint(
    name="web",
    namespace="shop",
    labels={"app": "web"},
    namespace_labels={"team": "shop"},
    ip="10.1.0.1",
    ports=(("http", 8080, "TCP"),),
)
DB = Endpoint(
    name="db",
    namespace="shop",
    labels={"app": "db"},
    namespace_labels={"team": "shop"},
    ip="10.1.0.2",
    ports=(("sql", 5432, "TCP"),),
)
STRANGER = Endpoint(name="stranger", namespace="other", labels={"app": "web"}, namespace_labels={"team": "other"})
INTERNET = Endpoint(name="internet", ip="203.0.113.7", ports=(("", 443, "TCP"),))


def policy(namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    return {"kind": "NetworkPolicy", "metadata": {"name": "x", "namespace": namespace}, "spec": spec}


def test_a_pod_that_no_policy_selects_is_open() -> None:
    assert allowed([], WEB, DB, 5432)
    assert allowed([policy(podSelector={"matchLabels": {"app": "other"}}, policyTypes=["Ingress"])], WEB, DB, 5432)
    assert allowed([policy(namespace="other", podSelector={}, policyTypes=["Ingress"])], WEB, DB, 5432)


def test_selecting_without_rules_denies_that_direction_only() -> None:
    assert not allowed([policy(podSelector={}, policyTypes=["Ingress"])], STRANGER, DB, 5432)
    assert not allowed([policy(podSelector={}, policyTypes=["Egress"])], WEB, INTERNET, 443)
    assert allowed([policy(podSelector={}, policyTypes=["Egress"])], STRANGER, DB, 5432)


def test_an_empty_rule_allows_everything() -> None:
    assert allowed([policy(podSelector={}, policyTypes=["Ingress"], ingress=[{}])], STRANGER, DB, 5432)


def test_policy_types_default_to_ingress_and_to_egress_when_it_has_rules() -> None:
    assert not allowed([policy(podSelector={})], STRANGER, DB, 5432)
    assert allowed([policy(podSelector={})], WEB, INTERNET, 443)
    assert not allowed([policy(podSelector={}, egress=[{"ports": [{"port": 80}]}])], WEB, INTERNET, 443)


def test_both_ends_must_allow() -> None:
    ingress = policy(podSelector={"matchLabels": {"app": "db"}}, policyTypes=["Ingress"], ingress=[{}])
    deny_egress = policy(podSelector={"matchLabels": {"app": "web"}}, policyTypes=["Egress"])
    assert allowed([ingress], WEB, DB, 5432)
    assert not allowed([ingress, deny_egress], WEB, DB, 5432)


def test_policies_add_up() -> None:
    deny = policy(podSelector={}, policyTypes=["Ingress"])
    allow = policy(podSelector={}, ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}])
    assert allowed([deny, allow], WEB, DB, 5432)


def test_a_pod_selector_alone_means_the_policys_namespace() -> None:
    rule = policy(podSelector={}, ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}])
    assert allowed([rule], WEB, DB, 5432)
    assert not allowed([rule], STRANGER, DB, 5432)


@pytest.mark.parametrize(
    ("team", "app", "expected"), [("other", "web", True), ("other", "db", False), ("x", "web", False)]
)
def test_namespace_and_pod_selector_in_one_peer_must_both_match(team: str, app: str, expected: bool) -> None:
    peer = {"namespaceSelector": {"matchLabels": {"team": team}}, "podSelector": {"matchLabels": {"app": app}}}
    assert allowed([policy(podSelector={}, ingress=[{"from": [peer]}])], STRANGER, DB, 5432) is expected


def test_two_peers_are_alternatives() -> None:
    peers = [
        {"namespaceSelector": {"matchLabels": {"team": "other"}}},
        {"podSelector": {"matchLabels": {"app": "web"}}},
    ]
    rule = policy(podSelector={}, ingress=[{"from": peers}])
    assert allowed([rule], STRANGER, DB, 5432)
    assert allowed([rule], WEB, DB, 5432)


def test_an_ip_block_leaves_its_exceptions_out() -> None:
    block = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}
    rule = policy(podSelector={"matchLabels": {"app": "web"}}, policyTypes=["Egress"], egress=[{"to": [block]}])
    assert allowed([rule], WEB, INTERNET, 443)
    assert not allowed([rule], WEB, DB, 5432)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"port": 5432}, True),
        ({"port": 5432, "protocol": "UDP"}, False),
        ({"port": "sql"}, True),
        ({"port": "http"}, False),
        ({"port": 5000, "endPort": 6000}, True),
        ({"port": 5433, "endPort": 6000}, False),
        ({"protocol": "TCP"}, True),
    ],
)
def test_ports_by_number_name_and_range(rule: dict[str, Any], expected: bool) -> None:
    assert allowed([policy(podSelector={}, ingress=[{"ports": [rule]}])], STRANGER, DB, 5432) is expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [("In", ["web"], True), ("NotIn", ["web"], False), ("Exists", None, True), ("DoesNotExist", None, False)],
)
def test_match_expressions(operator: str, values: list[str] | None, expected: bool) -> None:
    expression = {"key": "app", "operator": operator, **({"values": values} if values else {})}
    assert matches({"matchExpressions": [expression]}, {"app": "web"}) is expected


def test_not_in_selects_what_lacks_the_label() -> None:
    assert matches({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, {})


def test_pods_and_their_ports_are_read_from_manifests() -> None:
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"ports": [{"name": "http", "containerPort": 8080}]}]},
            }
        },
    }
    (pod,) = pods([deployment, {"kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "shop"}}}])
    assert (pod.labels, pod.namespace_labels["team"], pod.ports) == ({"app": "web"}, "shop", (("http", 8080, "TCP"),))
    assert {c.port for c in connections([deployment], [pod])} == {8080}


LABELS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"))
SELECTORS = st.fixed_dictionaries(
    {},
    optional={
        "matchLabels": LABELS,
        "matchExpressions": st.lists(
            st.fixed_dictionaries(
                {"key": st.sampled_from("ab"), "operator": st.sampled_from(["Exists", "DoesNotExist"])}
            ),
            max_size=1,
        ),
    },
)
PEERS = st.one_of(
    st.just({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}),
    st.fixed_dictionaries({"podSelector": SELECTORS}, optional={"namespaceSelector": SELECTORS}),
    st.fixed_dictionaries({"namespaceSelector": SELECTORS}),
)
PORTS = st.lists(st.sampled_from([{"port": 80}, {"port": "web"}, {"port": 443, "protocol": "UDP"}]), max_size=2)


def rules(peers: str) -> st.SearchStrategy[Any]:
    return st.lists(
        st.fixed_dictionaries({}, optional={"ports": PORTS, peers: st.lists(PEERS, max_size=2)}), max_size=2
    )


POLICIES = st.builds(
    lambda namespace, spec: policy(namespace, **spec),
    st.sampled_from(["one", "two"]),
    st.fixed_dictionaries(
        {"podSelector": SELECTORS, "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]])},
        optional={"ingress": rules("from"), "egress": rules("to")},
    ),
)
ENDS = st.builds(
    lambda namespace, labels, about, ip: {
        "namespace": namespace,
        "labels": labels,
        "namespace_labels": about if namespace else {},
        "ip": ip,
        "ports": (("web", 80, "TCP"), ("", 443, "UDP")),
    },
    st.sampled_from(["one", "two", None]),
    LABELS,
    LABELS,
    st.sampled_from([None, "10.1.0.1", "10.2.0.1"]),
)


@pytest.mark.integration
@given(st.lists(POLICIES, max_size=4), st.lists(ENDS, max_size=4))
def test_all_connections_are_those_that_are_allowed_one_by_one(
    policies: list[dict[str, Any]], ends: list[dict[str, Any]]
) -> None:
    endpoints = [Endpoint(name=f"end-{index}", **one) for index, one in enumerate(ends)]
    assert connections(policies, endpoints) == {
        Connection(source=source.name, target=target.name, port=port, protocol=protocol)
        for source in endpoints
        for target in endpoints
        for _, port, protocol in target.ports
        if allowed(policies, source, target, port, protocol)
    }
