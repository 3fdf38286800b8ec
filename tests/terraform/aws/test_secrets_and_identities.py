"""Secrets, identities, alarms and names on AWS."""

from typing import Any

import pytest

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform.aws import Cluster, Database, Network, Observability, SecretStore, WorkloadIdentity
from quantacirc_cdk.terraform.interface import (
    DatabaseProps,
    ObservabilityProps,
    SecretStoreProps,
    WorkloadIdentityProps,
)
from support.terraform.stacks import Json
from support.tools import ROOT

CLUSTER = Cluster.from_existing(cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="s")


def test_the_name_of_a_role_fits(declared: Any) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        place = {"region": shared["region"], "account": shared["account"]}
        props = WorkloadIdentityProps(name="r" * 65, cluster=CLUSTER, namespace="n", service_account="s", **place)
        WorkloadIdentity(scope, "identity", props)

    with pytest.raises(PropsError, match="a role's name of 65 characters, expected at most 64"):
        declared(declare)


def test_secrets_have_the_contracts_names_and_copies_with_keys_of_their_own(prod: dict[str, Json]) -> None:
    project = load_project(ROOT)
    contract = contract_of(project.system, project.environments["prod"])
    secrets = [v for a, v in prod.items() if a.startswith("aws_secretsmanager_secret.")]
    assert {secret["name"] for secret in secrets} == {binding.remote for binding in contract.secrets.values()}
    for secret in secrets:
        assert secret["kms_key_id"] == "${aws_kms_key.secrets.arn}"
        assert secret["replica"] == {"region": "eu-west-1", "kms_key_id": "${aws_kms_key.secrets_recovery.arn}"}
        assert secret["recovery_window_in_days"] == 30


def test_terraform_writes_no_secret_of_peoples(prod: dict[str, Json]) -> None:
    versions = {a for a in prod if a.startswith("aws_secretsmanager_secret_version.")}
    assert versions == {"aws_secretsmanager_secret_version.ledger_credentials"}


def test_every_identity_is_of_one_service_account_in_this_cluster(prod: dict[str, Json], statements: Any) -> None:
    project = load_project(ROOT)
    contract = contract_of(project.system, project.environments["prod"])
    associations = [v for a, v in prod.items() if a.startswith("aws_eks_pod_identity_association.")]
    expected = {(one.namespace, one.service_account) for one in contract.identities.values()}
    bound = {(one["namespace"], one["service_account"]) for one in associations}
    assert bound == expected | {("kube-system", "cluster-autoscaler")}
    for name in contract.identities:
        role = prod[f"aws_iam_role.{name.replace('-', '_')}"]
        (trust,) = statements(role["assume_role_policy"]).values()
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "333333333333"}


def test_no_policy_of_an_identity_is_wider_than_one_thing(prod: dict[str, Json], statements: Any) -> None:
    for address, policy in prod.items():
        if address.startswith("aws_iam_role_policy."):
            for statement in statements(policy["policy"]).values():
                # AWS limits these to no resource; a test of the cluster says what they are.
                lists = (address, statement["Sid"]) == ("aws_iam_role_policy.cluster_node_autoscaler", "Read")
                assert lists or "*" not in statement["Resource"], address
                assert not [action for action in statement["Action"] if action.endswith(":*")], address


def test_a_secret_that_is_not_there_is_named(declared: Any) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        store = SecretStore(scope, "secrets", SecretStoreProps(name="s/e", **shared, secrets={"oven": "Key"}))
        with pytest.raises(PropsError, match='no secret "ovn", expected "oven"'):
            store.secret_id("ovn")

    declared(declare)


def test_a_grant_names_the_secrets_it_is_for(declared: Any, statements: Any) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        store = SecretStore(
            scope, "secrets", SecretStoreProps(name="s/e", **shared, secrets={"oven": "Key", "mill": "Key"})
        )
        del shared["keys"]
        props = WorkloadIdentityProps(name="i", **shared, cluster=CLUSTER, namespace="n", service_account="baker")
        store.grant_read(WorkloadIdentity(scope, "baker", props), "mill")

    allowed = statements(declared(declare)["aws_iam_role_policy.baker_secrets"]["policy"])
    assert allowed["Read"]["Resource"] == ["${aws_secretsmanager_secret.secrets_mill.arn}"]
    assert allowed["Key"]["Resource"] == ["keys/secrets"]


@pytest.mark.parametrize(
    ("key", "value", "said"), [("namespace", "Bad_name", "i.namespace: found"), ("service_account", "", "not empty")]
)
def test_what_kubernetes_does_not_name_so_is_refused(key: str, value: str, said: str, declared: Any) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        del shared["keys"]
        good = {"name": "i", "cluster": CLUSTER, "namespace": "n", "service_account": "s"}
        WorkloadIdentity(scope, "i", WorkloadIdentityProps(**good | shared | {key: value}))

    with pytest.raises(PropsError, match=said):
        declared(declare)


def test_every_owner_gets_every_alarm_by_mail(prod: dict[str, Json], statements: Any) -> None:
    (mail,) = [v for a, v in prod.items() if a.startswith("aws_sns_topic_subscription.")]
    assert (mail["protocol"], mail["endpoint"]) == ("email", "platform@quantacirc.example")
    alarms = {a.partition(".")[2]: v for a, v in prod.items() if a.startswith("aws_cloudwatch_metric_alarm.")}
    gateways = [f"network_{zone}" for zone in (1, 2, 3)]
    ports = {f"{gateway}_ports" for gateway in gateways}
    alarms = {name: alarm for name, alarm in alarms.items() if not name.startswith("cluster")}
    assert alarms.keys() == {"ledger_cpu", "ledger_memory", "ledger_storage"} | ports
    for name, alarm in alarms.items():
        assert alarm["alarm_actions"] == alarm["ok_actions"] == ["${aws_sns_topic.alarms.arn}"]
        assert alarm["treat_missing_data"] == ("notBreaching" if name in ports else "breaching")
        assert alarm["statistic"] == ("Sum" if name in ports else "Average")
    for gateway in gateways:
        assert alarms[f"{gateway}_ports"]["metric_name"] == "ErrorPortAllocation"
        assert alarms[f"{gateway}_ports"]["dimensions"] == {"NatGatewayId": f"${{aws_nat_gateway.{gateway}.id}}"}
    assert alarms["ledger_storage"]["threshold"] == 200 * 1024**3 // 10
    publish = statements(prod["aws_sns_topic_policy.alarms"]["policy"])["Alarms"]
    assert publish["Principal"] == {"Service": "cloudwatch.amazonaws.com"}


def test_the_owners_hear_of_nodes_and_an_api_server_in_trouble(prod: dict[str, Json]) -> None:
    alarms = {a.partition(".")[2]: v for a, v in prod.items() if a.startswith("aws_cloudwatch_metric_alarm.cluster_")}
    groups = {a.partition(".")[2] for a in prod if a.startswith("aws_eks_node_group.")}
    assert groups
    of_api = {
        "cluster_errors": "apiserver_request_total_5XX",
        "cluster_storage": "apiserver_storage_size_bytes",
        "cluster_throttled": "apiserver_request_total_429",
        "cluster_unschedulable": "scheduler_pending_pods_UNSCHEDULABLE",
    }
    assert alarms.keys() == of_api.keys() | {f"{group}_status" for group in groups}
    for name, metric in of_api.items():
        alarm = alarms[name]
        assert (alarm["namespace"], alarm["metric_name"]) == ("AWS/EKS", metric)
        assert alarm["dimensions"] == {"ClusterName": "${aws_eks_cluster.cluster.name}"}
    assert (alarms["cluster_storage"]["statistic"], alarms["cluster_storage"]["threshold"]) == ("Maximum", 6 * 1024**3)
    for group in groups:
        alarm = alarms[f"{group}_status"]
        assert (alarm["metric_name"], alarm["statistic"], alarm["threshold"]) == ("StatusCheckFailed", "Maximum", 0)
        scaled = f"${{aws_eks_node_group.{group}.resources[0].autoscaling_groups[0].name}}"
        assert alarm["dimensions"] == {"AutoScalingGroupName": scaled}
    for alarm in alarms.values():
        assert alarm["alarm_actions"] == ["${aws_sns_topic.alarms.arn}"]
        assert alarm["treat_missing_data"] == "notBreaching", "a group may have no nodes"


def test_the_zone_is_kept_while_it_has_records(prod: dict[str, Json]) -> None:
    zone = prod["aws_route53_zone.zone"]
    assert (zone["name"], zone["force_destroy"]) == ("quantacirc.example", False)


@pytest.mark.parametrize(
    ("instance_type", "gib"),
    [(None, 8), ("db.r7g.2xlarge", 64), ("db.t4g.large", 8), ("db.x2g.large", 32), ("db.q9x.large", 8)],
)
def test_the_alarm_on_memory_follows_the_instance_that_is_used(
    instance_type: str | None, gib: int, declared: Any
) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        network = Network.from_existing(
            network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["a"], database_subnet_ids=["d", "e"]
        )
        props = DatabaseProps(name="main", network=network, clients=CLUSTER, instance_type=instance_type, **shared)
        alarms = Observability(scope, "alarms", ObservabilityProps(name="main", **shared))
        alarms.watch_database(Database(scope, "db", props))

    assert declared(declare)["aws_cloudwatch_metric_alarm.db_memory"]["threshold"] == gib * 1024**3 // 10
