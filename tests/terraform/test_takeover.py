"""The environment that takes over a lost region has no name of the one that it replaces."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from aws.test_region_loss import project
from support.terraform.stacks import Json, read_stack, resources
from support.terraform.switched import synthesize

pytestmark = pytest.mark.integration

NAMES: Mapping[str, Mapping[str, str]] = {
    "aws": {
        "aws_iam_role": "name",
        "aws_kms_alias": "name",
        "aws_s3_bucket": "bucket",
        "aws_secretsmanager_secret": "name",
        "aws_db_instance": "identifier",
        "aws_eks_cluster": "name",
    },
    "gcp": {
        "google_kms_key_ring": "name",
        "google_secret_manager_secret": "secret_id",
        "google_service_account": "account_id",
        "google_storage_bucket": "name",
        "google_sql_database_instance": "name",
        "google_compute_network": "name",
    },
    "azure": {
        "azurerm_container_registry": "name",
        "azurerm_key_vault": "name",
        "azurerm_postgresql_flexible_server": "name",
        "azurerm_resource_group": "name",
        "azurerm_storage_account": "name",
        "azurerm_user_assigned_identity": "name",
    },
}
"""Types whose names are taken in the whole account or cloud, or by copies in the recovery region, and the argument."""


@pytest.mark.parametrize("cloud", NAMES)
def test_no_name_of_the_lost_environment_is_used_again(cloud: str, tmp_path: Path) -> None:
    out = synthesize(project(tmp_path / "project", cloud), tmp_path / "out")
    lost, new = (resources(read_stack(out, f"{name}-{cloud}")) for name in ("prod", "takeover"))
    for kind, argument in NAMES[cloud].items():
        before, after = (_names(found, kind, argument) for found in (lost, new))
        assert after, kind
        assert before & after == set(), kind


def _names(found: Mapping[str, Json], kind: str, argument: str) -> set[str]:
    return {one[argument] for address, one in found.items() if address.startswith(f"{kind}.") and argument in one}
