"""The stacks that make the places of states: what the backends name, private, lasting, one for each environment."""

import json
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError, PropsError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, BootstrapStack, schemas
from support.terraform.graph import order
from support.terraform.stacks import Json, read_stack, resources
from support.terraform.switched import ENVIRONMENTS, switch_project, synthesize
from support.terraform.terraform import Terraform
from support.terraform.validate import planned, validated
from support.tools import ROOT

pytestmark = pytest.mark.integration

CLOUDS = ("aws", "gcp", "azure")
LASTING = {
    "aws": {"aws_kms_key.state", "aws_s3_bucket.state"},
    "gcp": {"google_kms_crypto_key.state", "google_kms_key_ring.state", "google_storage_bucket.state"},
    "azure": {"azurerm_key_vault_key.state", "azurerm_storage_account.state", "azurerm_storage_container.state"},
}
"""Without one of these a state is gone, or can no longer be read."""


@pytest.fixture(scope="module")
def places(stacks: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the output on each cloud."""
    found = {"aws": stacks}
    for cloud in ("gcp", "azure"):
        folder = tmp_path_factory.mktemp(cloud)
        found[cloud] = synthesize(switch_project(folder / "project", cloud), folder / "out")
    return found


def stack(places: dict[str, Path], cloud: str, environment: str, suffix: str = "-bootstrap") -> Json:
    return read_stack(places[cloud], f"{environment}-{cloud}{suffix}")


def backend(document: Json) -> Json:
    ((_, arguments),) = document["terraform"]["backend"].items()
    return dict(arguments)


@pytest.mark.slow
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_aws_has_the_bucket_and_the_key_that_the_backend_names(environment: str, places: dict[str, Path]) -> None:
    kept = backend(stack(places, "aws", environment, ""))
    document = stack(places, "aws", environment)
    made = resources(document)
    (provider,) = document["provider"]["aws"]
    assert made["aws_s3_bucket.state"]["bucket"] == kept["bucket"]
    assert provider["region"] == kept["region"]
    assert provider["allowed_account_ids"] == kept["allowed_account_ids"]
    account, region = kept["allowed_account_ids"][0], kept["region"]
    assert kept["kms_key_id"] == f"arn:aws:kms:{region}:{account}:{made['aws_kms_alias.state']['name']}"
    assert kept["use_lockfile"] is True
    encryption = made["aws_s3_bucket_server_side_encryption_configuration.state"]["rule"]
    assert encryption["apply_server_side_encryption_by_default"]["kms_master_key_id"] == "${aws_kms_key.state.arn}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_google_cloud_has_the_bucket_that_the_backend_names(environment: str, places: dict[str, Path]) -> None:
    kept = backend(stack(places, "gcp", environment, ""))
    bucket = resources(stack(places, "gcp", environment))["google_storage_bucket.state"]
    assert bucket["name"] == kept["bucket"]
    assert bucket["encryption"] == {
        "default_kms_key_name": "${google_kms_crypto_key_iam_binding.state.crypto_key_id}",
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_azure_has_the_account_and_the_container_that_the_backend_names(
    environment: str, places: dict[str, Path]
) -> None:
    kept = backend(stack(places, "azure", environment, ""))
    document = stack(places, "azure", environment)
    made = resources(document)
    assert made["azurerm_resource_group.main"]["name"] == kept["resource_group_name"]
    assert made["azurerm_storage_account.state"]["name"] == kept["storage_account_name"]
    assert made["azurerm_storage_account.state"]["shared_access_key_enabled"] is False
    assert made["azurerm_storage_container.state"]["name"] == kept["container_name"]
    assert document["provider"]["azurerm"][0]["subscription_id"] == kept["subscription_id"]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_no_two_environments_share_a_state_a_key_or_an_account(cloud: str, places: dict[str, Path]) -> None:
    accounts = {"aws": "allowed_account_ids", "gcp": "project", "azure": "subscription_id"}
    documents = [stack(places, cloud, name, suffix) for name in ENVIRONMENTS for suffix in ("", "-bootstrap")]
    assert len({json.dumps(backend(document), sort_keys=True) for document in documents}) == len(documents)
    for suffix in ("", "-bootstrap"):
        found = [stack(places, cloud, name, suffix) for name in ENVIRONMENTS]
        used = [str(one["provider"]["google" if cloud == "gcp" else _provider(cloud)][0]) for one in found]
        assert len(set(used)) == len(ENVIRONMENTS)
        pinned = {str(one["provider"][_provider(cloud)][0][accounts[cloud]]) for one in found}
        assert len(pinned) == len(ENVIRONMENTS)
    stores = {_bucket(backend(document)) for document in documents}
    assert len(stores) == len(ENVIRONMENTS), "an environment's two states are in its one bucket, and in no other's"


def _provider(cloud: str) -> str:
    return {"aws": "aws", "gcp": "google", "azure": "azurerm"}[cloud]


def _bucket(kept: Json) -> str:
    return str(kept.get("bucket") or kept["storage_account_name"])


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_holds_states_refuses_to_be_destroyed_and_keeps_its_address(cloud: str, places: dict[str, Path]) -> None:
    for environment in ENVIRONMENTS:
        made = resources(stack(places, cloud, environment))
        guarded = {address for address, one in made.items() if one.get("lifecycle", {}).get("prevent_destroy")}
        assert guarded == LASTING[cloud]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_terraform_can_order_it(cloud: str, places: dict[str, Path]) -> None:
    order(stack(places, cloud, "prod"))


def test_an_operator_on_aws_may_do_what_the_backend_does_and_no_more(places: dict[str, Path]) -> None:
    granted = resources(stack(places, "aws", "prod"))["aws_iam_role_policy.state"]
    assert granted["for_each"] == "${toset(var.operators)}"
    allowed: dict[str, set[str]] = {}
    for statement in json.loads(granted["policy"])["Statement"]:
        for resource in statement["Resource"]:
            allowed.setdefault(resource, set()).update(statement["Action"])
    bucket = "arn:aws:s3:::quantacirc-prod-tfstate"
    assert allowed == {
        bucket: {"s3:ListBucket"},
        f"{bucket}/prod-aws.tfstate": {"s3:GetObject", "s3:PutObject"},
        f"{bucket}/prod-aws.tfstate.tflock": {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
        "${aws_kms_key.state.arn}": {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"},
    }


def test_no_bucket_on_aws_takes_a_request_without_tls(places: dict[str, Path]) -> None:
    """Neither a plain one, which has no version of TLS, nor one with an old version."""
    for made in (resources(stack(places, "aws", "prod", suffix)) for suffix in ("", "-bootstrap")):
        buckets = {address.partition(".")[2] for address in made if address.startswith("aws_s3_bucket.")}
        assert len(buckets) > 1
        for bucket in buckets:
            policy = json.loads(made[f"aws_s3_bucket_policy.{bucket}"]["policy"])
            name = f"arn:aws:s3:::{made[f'aws_s3_bucket.{bucket}']['bucket']}"
            denied = [one for one in policy["Statement"] if one["Effect"] == "Deny" and one["Principal"] == "*"]
            assert [one["Condition"] for one in denied] == [
                {"Bool": {"aws:SecureTransport": "false"}},
                {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
            ]
            assert all(one["Resource"] == [name, f"{name}/*"] and one["Action"] == "s3:*" for one in denied)


@pytest.mark.slow
@pytest.mark.terraform
def test_the_real_provider_accepts_it(places: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "cdk.tf.json").write_text(json.dumps(stack(places, "aws", "prod")))
    terraform = Terraform(tmp_path)
    terraform.init("-backend=false")
    assert terraform.validate() == []


@pytest.mark.terraform
@pytest.mark.parametrize(("cloud", "provider"), [("gcp", "google"), ("azure", "azurerm")])
def test_terraform_accepts_it_given_the_published_schema(
    cloud: str, provider: str, places: dict[str, Path], tmp_path: Path
) -> None:
    known = schemas.provider_schemas(provider)
    versions = known[-2:] if cloud == "gcp" else known
    name = f"prod-{cloud}-bootstrap"
    for folder in ("valid", "planned"):
        (tmp_path / folder).mkdir()
    assert validated(places[cloud], name, versions, tmp_path / "valid") == []
    assert "1 passed, 0 failed" in planned(places[cloud], name, versions, tmp_path / "planned", {})


def test_a_local_environment_has_no_state(tmp_path: Path) -> None:
    project = load_project(ROOT)
    with pytest.raises(PropsError, match=r'environment "local" is local: it has no state to keep'):
        BootstrapStack(App(outdir=tmp_path), "local", system=project.system, environment=project.environments["local"])


def test_a_state_on_azure_without_a_resource_group_is_refused_with_its_place(tmp_path: Path) -> None:
    group = {", resource_group: quantacirc-dev-tfstate }": " }"}
    switched = switch_project(tmp_path / "project", "azure", group)
    expected = r"dev\.yaml:\d+: clouds\.azure\.state\.resource_group: missing key, expected the resource group"
    with pytest.raises(ModelError, match=expected):
        load_project(switched)
