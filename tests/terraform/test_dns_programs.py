"""cert-manager and ExternalDNS change the records of an environment's zone, and nothing else, on every cloud."""

import json
from pathlib import Path

import pytest

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.model import load_project
from support.terraform.stacks import Json, read_stack, resources
from support.terraform.switched import switch_project, synthesize

PROGRAMS = {"  kubernetes_version": "  dns_programs: [cert-manager, external-dns]\n  kubernetes_version"}


def with_programs(folder: Path, cloud: str) -> Path:
    """Return the project with its shared environment alone, which has both programs."""
    project = switch_project(folder, cloud, PROGRAMS)
    for path in (project / "apps" / "environments").iterdir():
        if path.stem != "dev":
            path.unlink()
    return project


def made(folder: Path, cloud: str) -> dict[str, Json]:
    """Return the resources of the shared environment with both programs, on a cloud."""
    project = with_programs(folder / "project", cloud)
    return resources(read_stack(synthesize(project, folder / "out"), f"dev-{cloud}"))


def test_on_aws_each_has_a_role_for_the_zone_and_cert_manager_only_for_challenges(tmp_path: Path) -> None:
    found = made(tmp_path, "aws")
    for name in ("cert-manager", "external-dns"):
        bound = found[f"aws_eks_pod_identity_association.{name.replace('-', '_')}"]
        assert (bound["namespace"], bound["service_account"]) == (name, name)
    changes = {}
    for name in ("cert_manager", "external_dns"):
        policy = json.loads(found[f"aws_iam_role_policy.{name}_zone"]["policy"])
        (change,) = (one for one in policy["Statement"] if "route53:ChangeResourceRecordSets" in one["Action"])
        assert change["Resource"] == ["${aws_route53_zone.zone.arn}"]
        everywhere = {action for one in policy["Statement"] if one["Resource"] == ["*"] for action in one["Action"]}
        assert all(action.startswith("route53:List") for action in everywhere)
        changes[name] = change
    assert changes["cert_manager"]["Condition"] == {
        "ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": ["_acme-challenge.*"]},
        "ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsRecordTypes": ["TXT"]},
    }
    assert "Condition" not in changes["external_dns"]


def test_on_google_cloud_each_has_a_role_on_the_zone_and_reads_the_list_of_zones(tmp_path: Path) -> None:
    found = made(tmp_path, "gcp")
    for name in ("cert_manager", "external_dns"):
        zone = found[f"google_dns_managed_zone_iam_member.{name}_zone"]
        assert (zone["managed_zone"], zone["role"]) == ("${google_dns_managed_zone.zone.name}", "roles/dns.admin")
        account = name.replace("_", "-")
        assert zone["member"].endswith(f"/subject/ns/{account}/sa/{account}")
        listed = found[f"google_project_iam_member.{name}_zone"]
        assert (listed["role"], listed["member"]) == ("roles/dns.reader", zone["member"])
        assert listed["project"] == "${data.google_project.current.project_id}"
        # The first cluster of a project creates the pool of its identities.
        assert zone["depends_on"] == listed["depends_on"] == ["google_container_cluster.cluster"]


def test_on_azure_each_has_a_role_on_the_zone_and_external_dns_finds_it(tmp_path: Path) -> None:
    found = made(tmp_path, "azure")
    for name in ("cert_manager", "external_dns"):
        zone = found[f"azurerm_role_assignment.{name}_zone"]
        assert (zone["scope"], zone["role_definition_name"]) == ("${azurerm_dns_zone.zone.id}", "DNS Zone Contributor")
        assert zone["principal_id"] == f"${{azurerm_user_assigned_identity.{name}.principal_id}}"
        account = name.replace("_", "-")
        subject = found[f"azurerm_federated_identity_credential.{name}"]["subject"]
        assert subject == f"system:serviceaccount:{account}:{account}"
    reader = found["azurerm_role_assignment.external_dns_zone_group"]
    assert (reader["scope"], reader["role_definition_name"]) == ("${azurerm_resource_group.main.id}", "Reader")
    assert "azurerm_role_assignment.cert_manager_zone_group" not in found


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_the_contract_names_their_service_accounts(cloud: str, tmp_path: Path) -> None:
    project = load_project(with_programs(tmp_path, cloud))
    identities = contract_of(project.system, project.environments["dev"]).identities
    for name, records in (("cert-manager", "challenges"), ("external-dns", "all")):
        binding = identities[name]
        assert (binding.namespace, binding.service_account, binding.records) == (name, name, records)
        assert binding.declared == "apps/environments/dev.yaml: cluster.dns_programs"
