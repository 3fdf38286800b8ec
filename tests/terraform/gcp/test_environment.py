"""The project's environments on Google Cloud: one line switches them, and they offer what they offer on AWS."""

import json
import re
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.terraform import schemas
from support.terraform.graph import order
from support.terraform.stacks import Json, read_stack, resources
from support.terraform.switched import ENVIRONMENTS, switch_project, synthesize
from support.terraform.validate import planned, validated
from support.tools import ROOT

pytestmark = pytest.mark.slow

NAMES = [f"{name}-gcp" for name in ENVIRONMENTS]
STATEFUL = {
    "google_artifact_registry_repository.registry",
    "google_compute_network.network",
    "google_compute_subnetwork.network_private",
    "google_compute_subnetwork.network_public",
    "google_container_cluster.cluster",
    "google_dns_managed_zone.zone",
    *(f"google_kms_crypto_key.{purpose}" for purpose in ("artifacts", "cluster", "ledger", "logs", "registry")),
    *(f"google_kms_crypto_key.{purpose}" for purpose in ("secrets", "volumes", "artifacts_recovery")),
    *(f"google_kms_crypto_key.{purpose}" for purpose in ("backups", "backups_recovery")),
    *(f"google_kms_crypto_key.{purpose}" for purpose in ("ledger_recovery", "secrets_recovery")),
    "google_kms_key_ring.keys",
    "google_kms_key_ring.keys_recovery",
    "google_secret_manager_secret.ledger_credentials",
    "google_secret_manager_secret.secrets_llm_providers",
    "google_sql_database.ledger",
    "google_sql_database_instance.ledger",
    "google_storage_bucket.artifacts",
    "google_storage_bucket.artifacts_access_logs",
    "google_storage_bucket.backups",
    "google_storage_bucket.backups_access_logs",
}
"""A change of one of these addresses destroys data or cuts everything off. If it must change, use ``move_from_id``."""
ONLY_WITH_HIGH_AVAILABILITY = {
    "google_dns_managed_zone.network_gcr_io",
    "google_dns_managed_zone.network_googleapis_com",
    "google_dns_managed_zone.network_pkg_dev",
    "google_sql_database_instance.ledger_recovery",
    "google_storage_bucket.artifacts_recovery",
    "google_storage_bucket.backups_recovery",
}


def test_buckets_and_the_zone_of_a_disposable_environment_go_with_what_is_in_them(
    dev: dict[str, Json], prod: dict[str, Json]
) -> None:
    kinds = ("google_storage_bucket.", "google_dns_managed_zone.zone")
    for found, goes in ((dev, True), (prod, False)):
        assert {bool(one.get("force_destroy")) for address, one in found.items() if address.startswith(kinds)} == {goes}


def test_one_line_switches_every_environment(gcp: Path) -> None:
    assert set(NAMES) <= {path.name for path in (gcp / "stacks").iterdir()}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_outputs_are_those_of_aws(name: str, gcp: Path, stacks: Path) -> None:
    ours, theirs = (read_stack(gcp, f"{name}-gcp"), read_stack(stacks, f"{name}-aws"))
    assert ours["output"].keys() == theirs["output"].keys()
    assert ours["variable"].keys() == theirs["variable"].keys()


@pytest.mark.parametrize("name", NAMES)
def test_the_addresses_of_what_holds_state_never_change(name: str, gcp: Path) -> None:
    kinds = {address.partition(".")[0] for address in STATEFUL}
    found = {a for a in resources(read_stack(gcp, name)) if a.partition(".")[0] in kinds}
    assert found == STATEFUL | (set() if name == "dev-gcp" else ONLY_WITH_HIGH_AVAILABILITY)


def test_no_environment_shares_a_state_or_a_project(gcp: Path) -> None:
    found = [read_stack(gcp, name) for name in NAMES]
    assert len({stack["terraform"]["backend"]["gcs"]["bucket"] for stack in found}) == len(NAMES)
    assert len({stack["provider"]["google"][0]["project"] for stack in found}) == len(NAMES)
    for stack in found:
        assert stack["provider"]["google"][0] == stack["provider"]["google-beta"][0]


def test_the_providers_are_the_versions_that_are_checked(gcp: Path) -> None:
    required = read_stack(gcp, "prod-gcp")["terraform"]["required_providers"]
    assert required["google"] == {"source": "hashicorp/google", "version": ">= 6.50.0, < 9.0.0"}
    versions = [schema.version for schema in schemas.provider_schemas("google")]
    assert versions[0] == "6.50.0"
    assert versions[1].startswith("8.")


def test_labels_are_such_as_google_takes(gcp: Path) -> None:
    for name in NAMES:
        labels = read_stack(gcp, name)["provider"]["google"][0]["default_labels"]
        assert labels["owner"] == "platform-quantacirc-example"
        assert all(re.fullmatch(r"[a-z0-9_-]{1,63}", text) for text in (*labels, *labels.values()))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"region: europe-west3": "region: europe-west33"}, "europe-west3"),
        ({"region: europe-west3": "region: eu-central-1"}, "clouds.gcp.region"),
        ({"recovery_region: europe-west1": "recovery_region: europe-west3"}, "clouds.gcp.recovery_region"),
        ({"zones: 3": "zones: 4"}, "zones"),
    ],
)
def test_what_google_cloud_does_not_have_is_refused_with_file_and_line(
    edit: dict[str, str], said: str, tmp_path: Path
) -> None:
    project = switch_project(tmp_path / "project", "gcp", edit)
    with pytest.raises(ModelError) as caught:
        synthesize(project, tmp_path / "out")
    assert re.search(rf"environments/\w+\.yaml:\d+: .*{said}", str(caught.value))
    assert not (tmp_path / "out").exists()


def test_an_environment_may_leave_its_nodes_to_autopilot(tmp_path: Path) -> None:
    project = switch_project(tmp_path / "project", "gcp")
    path = project / "apps" / "environments" / "prod.yaml"
    mode = "  mode: autopilot\n  node_pools: null\n"
    text, found = re.subn(r"  node_pools:\n    general: .*\n", mode, path.read_text())
    assert found == 1
    path.write_text(text)
    cluster = resources(read_stack(synthesize(project, tmp_path / "out"), "prod-gcp"))
    assert cluster["google_container_cluster.cluster"]["enable_autopilot"] is True
    assert not [address for address in cluster if address.startswith("google_container_node_pool.")]


def test_every_type_in_use_is_in_every_version() -> None:
    folder = ROOT / "constructs" / "quantacirc_cdk" / "terraform" / "gcp"
    sources = [path.read_text() for path in folder.glob("*.py")]
    for declaration, kind in (("Resource", "resources"), ("DataSource", "data")):
        pattern = re.compile(rf'{declaration}\(\s*(?:self|scope|stack),\s*"(google_\w+)"')
        used = {name for source in sources for name in pattern.findall(source)} - {"google_project_service_identity"}
        assert used
        for version in schemas.provider_schemas("google")[:2]:
            assert used <= set(version.types(kind)), f"{version}: {used - set(version.types(kind))}"
    beta = schemas.provider_schemas("google")[2]
    assert (beta.source, *beta.types()) == ("hashicorp/google-beta", "google_project_service_identity")


@pytest.mark.terraform
@pytest.mark.parametrize("version", [0, 1], ids=["6.50", "8.7"])
@pytest.mark.parametrize("name", NAMES)
def test_the_real_terraform_accepts_the_stack(name: str, version: int, gcp: Path, tmp_path: Path) -> None:
    google = schemas.provider_schemas("google")
    assert validated(gcp, name, [google[version], google[2]], tmp_path) == []


@pytest.mark.terraform
@pytest.mark.parametrize("name", NAMES)
def test_the_real_terraform_plans_the_stack(name: str, gcp: Path, tmp_path: Path) -> None:
    google = schemas.provider_schemas("google")
    data = {
        "data.google_project.current": {"number": "1"},
        "data.google_compute_zones.cluster": {"names": ["a", "b", "c"]},
    }
    assert "1 passed, 0 failed" in planned(gcp, name, [google[0], google[2]], tmp_path, data)


@pytest.mark.terraform
def test_an_environment_with_endpoints_alone_has_no_range_of_private_services(tmp_path: Path) -> None:
    project = switch_project(tmp_path / "project", "gcp")
    path = project / "apps" / "environments" / "prod.yaml"
    text, changed = re.subn(r"\n  ledger:\n", r"\g<0>    private_service_connect: true\n", path.read_text())
    assert changed == 1
    path.write_text(text)
    out = synthesize(project, tmp_path / "out")
    found = resources(read_stack(out, "prod-gcp"))
    assert "google_service_networking_connection.network_database" not in found
    assert found["google_compute_forwarding_rule.ledger"]["network"] == "${google_compute_network.network.id}"
    google = schemas.provider_schemas("google")
    data = {
        "data.google_project.current": {"number": "1"},
        "data.google_compute_zones.cluster": {"names": ["a", "b", "c"]},
    }
    (tmp_path / "plan").mkdir()
    assert "1 passed, 0 failed" in planned(out, "prod-gcp", [google[0], google[2]], tmp_path / "plan", data)
    for version in (0, 1):
        folder = tmp_path / str(version)
        folder.mkdir()
        assert validated(out, "prod-gcp", [google[version], google[2]], folder) == []


@pytest.mark.parametrize("name", NAMES)
def test_terraform_can_order_the_resources(name: str, gcp: Path) -> None:
    assert len(order(read_stack(gcp, name))) > 80


def test_nothing_is_open_to_everyone(gcp: Path) -> None:
    text = "".join(json.dumps(resources(read_stack(gcp, name))) for name in NAMES)
    for open_door in ("allUsers", "allAuthenticatedUsers", '"0.0.0.0/0"', "roles/owner", '"roles/editor"'):
        assert open_door not in text


def test_no_stack_holds_a_secret(gcp: Path) -> None:
    for name in NAMES:
        stack = read_stack(gcp, name)
        for address, arguments in resources(stack).items():
            assert not {"password", "root_password", "secret_data"} & arguments.keys(), address
        assert "random_password" not in stack["resource"]
        assert stack["ephemeral"]["random_password"]["ledger"]["length"] >= 32
