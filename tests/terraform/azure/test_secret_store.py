"""Secrets on Azure."""

from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.azure import SecretStore
from quantacirc_cdk.terraform.interface import SecretStoreProps
from support.terraform.stacks import Json


def test_terraform_writes_a_secret_once_and_keeps_it_nowhere(prod: dict[str, Json]) -> None:
    secret = prod["azurerm_key_vault_secret.secrets_llm_providers"]
    assert secret["name"] == "quantacirc-prod-llm-providers"
    assert (secret["value_wo"], secret["value_wo_version"]) == ("not set yet", 1)


def test_only_the_reader_of_secrets_reads_them_one_by_one(prod: dict[str, Json]) -> None:
    grants = [v for v in prod.values() if v.get("role_definition_name") == "Key Vault Secrets User"]
    assert {grant["scope"].partition("/secrets/")[2] for grant in grants} == {
        "quantacirc-prod-ledger",
        "quantacirc-prod-llm-providers",
    }
    assert {grant["principal_id"] for grant in grants} == {
        "${azurerm_user_assigned_identity.external_secrets.principal_id}"
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recovery_region": "francecentral"}, "copies vaults to the paired region"),
        ({"name": "p" * 125, "secrets": {"one": "1"}}, "at most 127 characters"),
    ],
)
def test_what_azure_does_not_take_is_refused(changes: dict[str, Any], said: str, declared: Callable[..., Any]) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        SecretStore(scope, "secrets", SecretStoreProps(**{"name": "s/e", **shared, **changes}))

    with pytest.raises(PropsError, match=said):
        declared(declare)
