"""Widened access is named whatever else a change does, and only where something that ran could be refused before."""

import json
from typing import Any

import pytest
import yaml

from quantacirc_cdk.diff import FORMATS, Files, compare_outputs
from quantacirc_cdk.diff.access import widened
from quantacirc_cdk.diff.report import Report
from quantacirc_cdk.diff.text import as_text
from support.diff.objects import an


def files(*objects: dict[str, Any]) -> Files:
    return {f"kubernetes/prod/{item['kind']}.web.yaml": yaml.safe_dump(item).encode() for item in objects}


def stack(**resources: Any) -> Files:
    return {"terraform/stacks/prod-aws/cdk.tf.json": json.dumps({"resource": resources}).encode()}


def opened(before: Files, after: Files) -> list[tuple[str, str]]:
    return [(item.name, finding.rule.id) for item in found(before, after).objects for finding in item.findings]


def found(before: Files, after: Files) -> Report:
    return widened(compare_outputs(before, after))


def policy(*rules: dict[str, Any]) -> dict[str, Any]:
    return an("NetworkPolicy", {"spec.policyTypes": ["Egress"], "spec.egress": list(rules)})


def to(cidr: str) -> dict[str, Any]:
    return {"to": [{"ipBlock": {"cidr": cidr}}]}


def test_a_policy_that_refuses_one_network_and_allows_another_widens_access() -> None:
    before, after = files(policy(to("10.1.0.0/16"))), files(policy(to("10.2.0.0/16")))
    assert opened(before, after) == [("NetworkPolicy web", "connections-opened")]
    text = as_text(compare_outputs(before, after), columns=120)
    assert text.startswith(
        "verdict: brief unavailability in NetworkPolicy web in prod; access is widened in 1 object\n"
    )
    assert text.index("NetworkPolicy web: brief unavailability") < text.index("NetworkPolicy web: widens access")
    markdown = FORMATS["markdown"](compare_outputs(before, after))
    assert "#### Access is widened in 1 object" in markdown
    section = markdown[markdown.index("#### Access") : markdown.index("#### What")]
    assert '+ {"to": [{"ipBlock": {"cidr": "10.2.0.0/16"}}]}' in section
    assert "10.1.0.0" not in section


def test_a_policy_that_only_refuses_more_widens_nothing() -> None:
    assert opened(files(policy(to("10.1.0.0/16"), to("10.2.0.0/16"))), files(policy(to("10.2.0.0/16")))) == []


def test_only_the_peers_and_ports_that_are_new_are_listed() -> None:
    def rule(*cidrs: str, ports: tuple[int, ...] = (443, 80)) -> dict[str, Any]:
        peers = [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]
        return {"to": peers, "ports": [{"port": port} for port in ports]}

    before = files(policy(rule("10.1.0.0/16", "0.0.0.0/0")))
    (item,) = found(before, files(policy(rule("0.0.0.0/0", "10.2.0.0/16", ports=(443,))))).objects
    assert [one.change.after for one in item.findings] == [
        [{"to": [{"ipBlock": {"cidr": "10.2.0.0/16"}}], "ports": [{"port": 443}]}]
    ]
    assert opened(before, files(policy(rule("0.0.0.0/0", ports=(80,))))) == []
    assert opened(before, files(policy({"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}))) == [
        ("NetworkPolicy web", "connections-opened")
    ]


def test_a_name_that_cilium_lets_pods_reach_widens_access() -> None:
    def named(*names: str) -> Files:
        rules = [{"toFQDNs": [{"matchName": name} for name in names], "toPorts": [{"ports": [{"port": "443"}]}]}]
        spec = {"endpointSelector": {}, "egress": rules}
        return files(
            an("NetworkPolicy", {}) | {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "spec": spec}
        )

    assert opened(named("a.example"), named("a.example", "b.example")) == [
        ("CiliumNetworkPolicy web", "connections-opened")
    ]
    assert opened(named("a.example", "b.example"), named("b.example")) == []


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("RoleBinding", "subjects-added"), ("Ingress", "way-in"), ("ReferenceGrant", "grant-added")],
)
def test_a_new_object_that_grants_or_exposes_is_named(kind: str, rule: str) -> None:
    assert opened(files(an("Deployment")), files(an("Deployment"), an(kind))) == [(f"{kind} web", rule)]


def test_a_new_environment_widens_nothing() -> None:
    assert opened({}, files(an("Deployment"), an("RoleBinding"), an("Ingress"))) == []


def test_a_role_that_swaps_verbs_names_the_new_one() -> None:
    before, after = (
        an("Role", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}]})
        for verbs in (["get", "list"], ["get", "delete"])
    )
    assert opened(files(before), files(after)) == [("Role web", "permissions-added")]


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("spec.template.spec.hostNetwork", False, True),
        ("spec.template.spec.containers.0.securityContext", {"runAsNonRoot": True}, {"runAsNonRoot": False}),
    ],
)
def test_pods_that_are_less_isolated_are_named(field: str, before: Any, after: Any) -> None:
    assert opened(files(an("Deployment", {field: before})), files(an("Deployment", {field: after}))) == [
        ("Deployment web", "pod-hardening")
    ]


@pytest.mark.parametrize(
    ("kind", "before", "after", "rule"),
    [
        ("aws_db_instance", {"publicly_accessible": False}, {"publicly_accessible": True}, "public"),
        ("aws_s3_bucket_public_access_block", {"block_public_acls": True}, {"block_public_acls": False}, "public"),
        ("aws_security_group_rule", {"cidr_blocks": ["10.0.0.0/8"]}, {"cidr_blocks": ["0.0.0.0/0"]}, "networks-added"),
        ("aws_iam_role_policy", {"policy": {"Effect": "Deny"}}, {"policy": {"Effect": "Allow"}}, "statements-added"),
    ],
)
def test_a_resource_that_opens_is_named(kind: str, before: Any, after: Any, rule: str) -> None:
    def written(arguments: dict[str, Any]) -> dict[str, Any]:
        policy = arguments.get("policy")
        return {"policy": json.dumps({"Statement": [policy]})} if policy else arguments

    sides = [stack(**{kind: {"a": written(arguments)}}) for arguments in (before, after)]
    assert opened(sides[0], sides[1]) == [(f"{kind}.a", rule)]
    assert opened(sides[1], sides[0]) == ([("aws_security_group_rule.a", rule)] if rule == "networks-added" else [])


def security_rule(name: str, source: str, *ports: str, access: str = "Allow") -> dict[str, Any]:
    return {"name": name, "access": access, "source_address_prefix": source, "destination_port_ranges": list(ports)}


WEB, MQTT = security_rule("web", "Internet", "443"), security_rule("mqtt", "10.1.0.0/16", "8883")
NETWORK, REST = security_rule("network", "VirtualNetwork"), security_rule("everything-else", "*", access="Deny")


def group(*rules: dict[str, Any]) -> Files:
    return stack(azurerm_network_security_group={"a": {"name": "a", "security_rule": list(rules)}})


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ([NETWORK, MQTT, WEB, REST], [NETWORK, WEB, REST], None),
        ([NETWORK, REST], [REST], None),
        ([REST, MQTT, NETWORK], [NETWORK, MQTT, REST], None),
        ([NETWORK, REST], [NETWORK, WEB, REST], "security_rule[web]"),
        ([REST], [WEB, REST], "security_rule[web]"),
        ([NETWORK, REST], [NETWORK, security_rule("closed", "*", access="Deny"), REST], None),
        ([NETWORK, REST, WEB], [NETWORK, WEB], "security_rule[everything-else]"),
        (
            [MQTT, REST],
            [security_rule("mqtt", "Internet", "8883"), REST],
            "security_rule[mqtt].source_address_prefix",
        ),
        (
            [MQTT, REST],
            [security_rule("mqtt", "10.1.0.0/16", "8883", "22"), REST],
            "security_rule[mqtt].destination_port_ranges",
        ),
        ([MQTT, REST], [MQTT, security_rule("everything-else", "*")], "security_rule[everything-else].access"),
    ],
)
def test_rules_of_a_security_group_are_compared_by_name(before: Any, after: Any, field: str | None) -> None:
    found_ = [
        finding.change.field for item in found(group(*before), group(*after)).objects for finding in item.findings
    ]
    assert found_ == ([field] if field else [])


def test_a_new_grant_in_the_cloud_is_named() -> None:
    bucket = {"aws_s3_bucket": {"a": {"bucket": "a"}}}
    grant = {"aws_iam_role_policy_attachment": {"a": {"role": "a", "policy_arn": "b"}}}
    assert opened(stack(**bucket), stack(**bucket, **grant)) == [("aws_iam_role_policy_attachment.a", "cloud-granted")]


@pytest.mark.parametrize(
    "kind",
    ["aws_vpc_peering_connection", "google_compute_network_peering", "azurerm_virtual_network_peering"],
)
def test_a_new_peering_is_named(kind: str) -> None:
    bucket = {"aws_s3_bucket": {"a": {"bucket": "a"}}}
    assert opened(stack(**bucket), stack(**bucket, **{kind: {"a": {}}})) == [(f"{kind}.a", "cloud-granted")]


@pytest.mark.parametrize(("action", "opens"), [("allow", True), ("deny", False)])
def test_a_new_firewall_rule_widens_access_if_it_admits_something(action: str, opens: bool) -> None:
    bucket = {"aws_s3_bucket": {"a": {"bucket": "a"}}}
    rule = {"google_compute_firewall": {"a": {"name": "a", action: [{"protocol": "all"}]}}}
    assert bool(opened(stack(**bucket), stack(**bucket, **rule))) is opens


HTTP_RULES = [
    {
        "backendRefs": [{"kind": "Service", "name": "web-closed", "port": 80}],
        "matches": [{"path": {"type": "Exact", "value": "/ready"}}],
    },
    {"backendRefs": [{"kind": "Service", "name": "web", "port": 80}]},
]
INGRESS_PATHS = [
    {"path": "/ready", "pathType": "Exact", "backend": {"service": {"name": "web-closed"}}},
    {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web"}}},
]


@pytest.mark.parametrize(
    ("kind", "rules", "fewer"),
    [
        ("HTTPRoute", HTTP_RULES, HTTP_RULES[1:]),
        (
            "Ingress",
            [{"host": "a.example", "http": {"paths": INGRESS_PATHS}}],
            [{"host": "a.example", "http": {"paths": INGRESS_PATHS[1:]}}],
        ),
    ],
)
def test_a_path_that_is_no_longer_closed_widens_access(kind: str, rules: Any, fewer: Any) -> None:
    before, after = (files(an("Ingress", {"kind": kind, "spec.rules": one})) for one in (rules, fewer))
    assert (f"{kind} web", "path-reopened") in opened(before, after)
    assert (f"{kind} web", "path-reopened") not in opened(after, before)
