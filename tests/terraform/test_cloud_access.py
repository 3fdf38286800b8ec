"""Permissions of a component on resources of the cloud that the system does not create."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.report.manifests import exceptions
from support.project import Project

pytestmark = pytest.mark.integration


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.small(tmp_path / "bakery")


CLOUDS = {
    "aws": "aws: { account: '123456789012', region: eu-central-1, recovery_region: eu-west-1, state: { bucket: sta } }",
    "gcp": "gcp: { account: bakery, region: europe-west3, recovery_region: europe-west4, state: { bucket: sta } }",
    "azure": (
        "azure: { account: 44444444-4444-4444-8444-444444444444, region: westeurope, recovery_region: northeurope, "
        "state: { bucket: sta, resource_group: state } }"
    ),
}
GROUP = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/media"
QUEUE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/media/queueServices/default/queues/orders"
SQS = "arn:aws:sqs:eu-central-1:123456789012:orders"


def with_access(project: Project, target: str, *entries: Any) -> Project:
    """Give the project's service permissions in a cloud."""
    access = json.dumps({"shop": {"cloud_access": entries}})
    project.replace_in_environment(
        "home",
        "target: local",
        f"target: {target}\nclouds: {{ {CLOUDS[target]} }}\nnetwork: {{ cidr: 10.0.0.0/16 }}\ncomponents: {access}",
    )
    project.replace_in_environment(
        "home",
        "context: kind-bakery",
        "context: kind-bakery\n  route_certificates: gateway\n"
        "  node_pools: { general: { cpu: 8, memory: 32Gi, min_nodes: 1, max_nodes: 3 } }",
    )
    return project


def outputs(project: Project, tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the resources of the stack, and the network policy of the service."""
    parts = ["--only", "terraform", "--only", "kubernetes"]
    assert main(["synth", "--project", str(project.root), "--out", str(tmp_path / "out"), *parts]) == 0
    stacks = tmp_path / "out" / "terraform" / "stacks"
    stack = next(stacks / f"home-{cloud}" / "cdk.tf.json" for cloud in CLOUDS if (stacks / f"home-{cloud}").exists())
    policy = tmp_path / "out" / "kubernetes" / "home" / "NetworkPolicy.shop.k8s.yaml"
    return json.loads(stack.read_text())["resource"], yaml.safe_load(policy.read_text())


def granted(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: one for name, one in resources.get(kind, {}).items() if name.startswith("shop_access")}


def test_on_aws_it_is_a_policy_of_the_components_role(project: Project, tmp_path: Path) -> None:
    entries = (
        {"actions": ["sqs:SendMessage", "sqs:GetQueueUrl"], "resources": [SQS]},
        {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::media/small/*"]},
    )
    resources, policy = outputs(with_access(project, "aws", *entries), tmp_path)
    (made,) = granted(resources, "aws_iam_role_policy").values()
    assert made["role"] == "${aws_iam_role.shop.id}"
    statements = json.loads(made["policy"])["Statement"]
    assert [(one["Effect"], one["Action"], one["Resource"]) for one in statements] == [
        ("Allow", ["sqs:SendMessage", "sqs:GetQueueUrl"], [SQS]),
        ("Allow", ["s3:GetObject"], ["arn:aws:s3:::media/small/*"]),
    ]
    assert resources["aws_eks_pod_identity_association"]["shop"]["service_account"] == "shop"
    peers = [(peer["ipBlock"]["cidr"], port["port"]) for rule in policy["spec"]["egress"] for port in rule["ports"]
             for peer in rule["to"] if "ipBlock" in peer]  # fmt: skip
    assert {("0.0.0.0/0", 443), ("10.0.0.0/16", 443), ("169.254.170.23/32", 80)} <= set(peers)


MEMBERS = {
    "projects/acme-1/topics/orders": ("pubsub_topic", {"project": "acme-1", "topic": "orders"}),
    "projects/acme-1/subscriptions/web": ("pubsub_subscription", {"project": "acme-1", "subscription": "web"}),
    "projects/acme-1/secrets/key": ("secret_manager_secret", {"project": "acme-1", "secret_id": "key"}),
    "projects/acme-1/datasets/sales": ("bigquery_dataset", {"project": "acme-1", "dataset_id": "sales"}),
    "projects/acme-1/locations/europe-west3/queues/mail": (
        "cloud_tasks_queue",
        {"project": "acme-1", "location": "europe-west3", "name": "mail"},
    ),
    "projects/_/buckets/media": ("storage_bucket", {"bucket": "media"}),
    "projects/acme-1": ("project", {"project": "acme-1"}),
}


def test_on_google_cloud_each_resource_has_a_member(project: Project, tmp_path: Path) -> None:
    entry = {"role": "roles/drawn.user", "resources": list(MEMBERS), "reason": "It is a test."}
    resources, _ = outputs(with_access(project, "gcp", entry), tmp_path)
    for kind, arguments in MEMBERS.values():
        (made,) = granted(resources, f"google_{kind}_iam_member").values()
        assert made["role"] == "roles/drawn.user"
        assert made["member"].endswith("/subject/ns/bakery/sa/shop")
        assert {key: made[key] for key in arguments} == arguments
        assert "condition" not in made


def test_on_google_cloud_a_part_of_a_bucket_is_a_condition(project: Project, tmp_path: Path) -> None:
    entry = {"role": "roles/storage.objectViewer", "resources": ["projects/_/buckets/media/objects/small/"]}
    resources, _ = outputs(with_access(project, "gcp", entry), tmp_path)
    (made,) = granted(resources, "google_storage_bucket_iam_member").values()
    assert 'resource.name.startsWith("projects/_/buckets/media/objects/small/")' in made["condition"]["expression"]


def test_on_azure_it_is_a_role_assignment(project: Project, tmp_path: Path) -> None:
    entry = {"role": "Storage Queue Data Message Sender", "resources": [QUEUE]}
    resources, _ = outputs(with_access(project, "azure", entry), tmp_path)
    (made,) = granted(resources, "azurerm_role_assignment").values()
    assert (made["scope"], made["role_definition_name"]) == (QUEUE, "Storage Queue Data Message Sender")
    assert made["principal_id"] == "${azurerm_user_assigned_identity.shop.principal_id}"


def test_another_entry_changes_no_grant(tmp_path: Path) -> None:
    one = {"role": "roles/pubsub.publisher", "resources": ["projects/acme-1/topics/orders"]}
    other = {"role": "roles/pubsub.publisher", "resources": ["projects/acme-1/topics/mails"]}
    alone, _ = outputs(with_access(Project.small(tmp_path / "one"), "gcp", one), tmp_path / "a")
    both, _ = outputs(with_access(Project.small(tmp_path / "two"), "gcp", other, one), tmp_path / "b")
    kind = "google_pubsub_topic_iam_member"
    assert granted(alone, kind).items() < granted(both, kind).items()


def test_a_reason_is_on_the_workload_for_the_report(project: Project, tmp_path: Path) -> None:
    entry = {"actions": ["cloudwatch:PutMetricData"], "resources": ["*"], "reason": "The action has no resources."}
    outputs(with_access(project, "aws", entry), tmp_path)
    manifest = tmp_path / "out" / "kubernetes" / "home" / "Deployment.shop.k8s.yaml"
    assert exceptions([yaml.safe_load(manifest.read_text())]) == [
        ("shop", "its cloud identity", "cloudwatch:PutMetricData on *", "The action has no resources.")
    ]


SEND = ["sqs:SendMessage"]
TOPIC = "projects/acme-1/topics/orders"
REFUSED = {
    "a role on AWS": ("aws", {"role": "Owner", "resources": [SQS]}, '[0].role: the role "Owner" on aws', "`actions`"),
    "no action": ("aws", {"resources": [SQS]}, "[0].actions: none", "sqs:SendMessage"),
    "no ARN": ("aws", {"actions": SEND, "resources": ["orders"]}, 'resources[0]: found "orders"', "an ARN"),
    "another partition": (
        "aws",
        {"actions": SEND, "resources": [SQS.replace("arn:aws", "arn:aws-cn")]},
        "resources[0]: found",
        "an ARN of the partition of eu-central-1, arn:aws:",
    ),
    "all actions": ("aws", {"actions": ["sqs:*"], "resources": [SQS]}, "all actions (sqs:*) without", "`reason`"),
    "all resources": ("aws", {"actions": ["s3:Get*"], "resources": ["*"]}, "all of * without a reason", "`reason`"),
    "all buckets": ("aws", {"actions": ["s3:Get*"], "resources": ["arn:aws:s3:::*"]}, "all of arn:aws", "`reason`"),
    "actions on Google Cloud": ("gcp", {"actions": SEND, "resources": [TOPIC]}, "actions of IAM on gcp", "`role`"),
    "no role": ("gcp", {"resources": [TOPIC]}, "[0].role: none", "a role"),
    "a role of Azure": ("gcp", {"role": "Storage Reader", "resources": [TOPIC]}, "[0].role: found", "roles/"),
    "an ARN on Google Cloud": (
        "gcp",
        {"role": "roles/x", "resources": [SQS]},
        "resources[0]: found",
        "a project, bucket",
    ),
    "a basic role": ("gcp", {"role": "roles/editor", "resources": [TOPIC]}, "basic role roles/editor", "`reason`"),
    "a project": ("gcp", {"role": "roles/x", "resources": ["projects/acme-1"]}, "all of projects/acme-1", "`reason`"),
    "a resource group": ("azure", {"role": "Storage", "resources": [GROUP]}, f"all of {GROUP} without", "`reason`"),
    "no id": ("azure", {"role": "Storage", "resources": ["orders"]}, 'found "orders"', "the id of a resource"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_cloud_does_not_have_and_what_is_broad_is_refused(project: Project, case: str) -> None:
    target, entry, what, expected = REFUSED[case]
    bad = with_access(project, target, entry)
    with pytest.raises(ModelError) as caught:
        load_project(bad.root)
    found = [str(one) for one in caught.value.problems if what in str(one)]
    assert found, caught.value
    assert found[0].startswith("apps/environments/home.yaml:4: components.shop.cloud_access[0].")
    assert expected in found[0]


def test_a_local_environment_has_no_identity(project: Project) -> None:
    access = "components: {shop: {cloud_access: [{role: Owner, resources: [x]}]}}\nowners:"
    project.replace_in_environment("home", "owners:", access)
    with pytest.raises(ModelError, match=r"shop\.cloud_access: permissions in a cloud for a local environment"):
        load_project(project.root)


def test_you_bind_an_existing_account_yourself(project: Project) -> None:
    with_access(project, "aws", {"actions": ["sqs:SendMessage"], "resources": [SQS]})
    project.replace_in_system("    publishes:", "    service_account: theirs\n    publishes:")
    with pytest.raises(ModelError, match=r'shop\.cloud_access: permissions for the existing ServiceAccount "theirs"'):
        load_project(project.root)
