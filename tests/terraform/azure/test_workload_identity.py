"""Identities on Azure."""

from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.azure import Cluster, WorkloadIdentity
from quantacirc_cdk.terraform.interface import WorkloadIdentityProps
from support.terraform.stacks import Json


def test_an_identity_trusts_one_service_account_of_one_cluster(prod: dict[str, Json]) -> None:
    trust = prod["azurerm_federated_identity_credential.planck_forge"]
    assert trust["issuer"] == "${azurerm_kubernetes_cluster.cluster.oidc_issuer_url}"
    assert trust["subject"] == "system:serviceaccount:quantacirc:planck-forge"
    assert trust["audience"] == ["api://AzureADTokenExchange"]


def test_a_cluster_without_an_issuer_is_refused(declared: Callable[..., Any]) -> None:
    cluster = Cluster.from_existing(
        cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="s"
    )

    def declare(scope: Any, shared: dict[str, Any]) -> None:
        shared.pop("keys")
        props = WorkloadIdentityProps(name="one", cluster=cluster, namespace="ns", service_account="sa", **shared)
        WorkloadIdentity(scope, "identity", props)

    with pytest.raises(PropsError, match="no OIDC issuer"):
        declared(declare)
