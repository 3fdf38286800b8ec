"""What a cloud would refuse is refused by ``qcdk synth``: with file and line, all at once, nothing written."""

import re
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from support.terraform.switched import switch_project, synthesize

CLOUDS = ("aws", "gcp", "azure")
DEV = "apps/environments/dev.yaml"
SYSTEM = "apps/system.yaml"


def refused(project: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines that the command ends with."""
    status = main(["synth", "--project", str(project), "--out", str(project / "out"), "--only", "terraform"])
    said = capsys.readouterr().err
    assert status == 2, said
    assert not (project / "out").exists()
    assert "Traceback" not in said
    return said.splitlines()


def edit(project: Path, file: str, old: str, new: str) -> int:
    """Replace what is there once; return its line."""
    path = project / file
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


CASES: dict[str, tuple[str, str, str, str, str]] = {
    "overlapping ranges": ("gcp", "cidr: 10.10.0.0/16", "cidr: 100.64.0.0/16", "network.pod_cidr", "overlaps"),
    "a range that is too small": ("gcp", "cidr: 10.10.0.0/16", "cidr: 10.10.0.0/24", "network.cidr", "a /24"),
    "a range that is none": ("azure", "cidr: 10.10.0.0/16", "cidr: 10.10.0.0/33", "network.cidr", '"10.10.0.0/33"'),
    "too many zones": ("aws", "zones: 3", "zones: 4", "network.zones", "4 zones in eu-central-1, expected at most 3"),
    "high availability in one zone": ("gcp", "zones: 3", "zones: 1", "network.zones", "availability in one zone"),
    "a cluster in one zone": ("aws", "zones: 3", "zones: 1", "network.zones", "at least 2: EKS requires them"),
    "a region of another cloud": (
        "aws",
        "region: eu-central-1",
        "region: europe-west3",
        "clouds.aws.region",
        'no region "europe-west3" in aws',
    ),
    "recovery in the same region": (
        "aws",
        "recovery_region: eu-west-1",
        "recovery_region: eu-central-1",
        "clouds.aws.recovery_region",
        "is the primary region",
    ),
    "recovery in the same region of Google Cloud": (
        "gcp",
        "recovery_region: europe-west1",
        "recovery_region: europe-west3",
        "clouds.gcp.recovery_region",
        "is the primary region",
    ),
    "a state in a region that is none": (
        "aws",
        "    recovery_region: eu-west-1\n    state: { bucket",
        "    recovery_region: eu-west-1\n    state: { region: '${TfToken[TOKEN.3]}', bucket",
        "clouds.aws.state.region",
        "expected one of af-south-1",
    ),
    "a container that Azure does not take": (
        "azure",
        "bucket: quantacircdevtfstate,",
        "bucket: quantacircdevtfstate, container: State_1,",
        "clouds.azure.state.container",
        '"State_1"',
    ),
    "recovery in a region that is no pair": (
        "azure",
        "recovery_region: northeurope",
        "recovery_region: uksouth",
        "clouds.azure.recovery_region",
        "expected its pair, northeurope",
    ),
    "a storage account that is too long": (
        "azure",
        "bucket: quantacircdevtfstate,",
        "bucket: quantacircdevelopmenttfstate,",
        "clouds.azure.state.bucket",
        "expected 3 to 24 lower-case letters and digits",
    ),
    "a storage account with a dash": (
        "azure",
        "bucket: quantacircdevtfstate,",
        "bucket: quantacirc-tfstate,",
        "clouds.azure.state.bucket",
        "lower-case letters and digits",
    ),
    "versions kept too long": (
        "aws",
        "retention_days: 30",
        "retention_days: 4000",
        "components.artifacts.retention_days",
        "3650",
    ),
    "backups kept too long": (
        "aws",
        "backup_retention_days: 7",
        "backup_retention_days: 36",
        "components.ledger.backup_retention_days",
        "less than or equal to 35",
    ),
    "backups kept too briefly for Azure": (
        "azure",
        "backup_retention_days: 7",
        "backup_retention_days: 5",
        "components.ledger.backup_retention_days",
        "at least 7 on Azure",
    ),
    "flow logs kept too long for Azure": (
        "azure",
        "zones: 3",
        "flow_log_retention_days: 400",
        "network.flow_log_retention_days",
        "at most 365 on Azure",
    ),
    "teams that GKE does not know": (
        "gcp",
        "    security_group: gke-security-groups@quantacirc.example\n",
        "",
        "teams",
        "`teams` without a security group",
    ),
    "Google's group elsewhere": (
        "aws",
        "    recovery_region: eu-west-1\n",
        "    recovery_region: eu-west-1\n    security_group: gke-security-groups@quantacirc.example\n",
        "clouds.aws.security_group",
        "a setting of Google Cloud only",
    ),
    "a group that Google does not take": (
        "gcp",
        "gke-security-groups@quantacirc.example",
        "admins@quantacirc.example",
        "clouds.gcp.security_group",
        '"admins@quantacirc.example"',
    ),
    "autopilot elsewhere": (
        "azure",
        "  private_endpoint: true",
        "  mode: autopilot",
        "cluster.mode",
        '"autopilot" is available only on Google Cloud',
    ),
    "a domain that no public zone can have": (
        "aws",
        "domain: dev.quantacirc.example",
        "domain: intranet",
        "domain",
        "expected a DNS name of two labels or more",
    ),
    "node pools with autopilot": (
        "gcp",
        "  node_pools:\n",
        "  mode: autopilot\n  node_pools:\n",
        "cluster.node_pools",
        "node pools in an Autopilot cluster",
    ),
    "a node pool that Azure cannot name": (
        "azure",
        "general: { cpu: 4",
        "general-purpose: { cpu: 4",
        "cluster.node_pools.general-purpose",
        "at most 12 lower-case letters and digits",
    ),
}


@pytest.mark.parametrize(("cloud", "old", "new", "key", "said"), CASES.values(), ids=CASES.keys())
def test_it_is_refused_with_file_and_line(
    cloud: str, old: str, new: str, key: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = switch_project(tmp_path / "project", cloud)
    if key.startswith("cluster.node_pools"):  # the other environments speak of the pool by its name
        for name in ("staging", "prod"):
            path = project / "apps" / "environments" / f"{name}.yaml"
            path.write_text(path.read_text().replace("general:", "general-purpose:"))
    edit(project, DEV, old, new)
    written = (project / DEV).read_text().splitlines()
    found = [
        match[1]
        for line in refused(project, capsys)
        if (match := re.match(rf"error: {DEV}:(\d+): {re.escape(key)}: .*{re.escape(said)}", line))
    ]
    assert found
    # The line has the key, or begins the section that it would be in.
    assert any(part in written[int(found[0]) - 1] for part in key.split(".")[1:] + key.split(".")[:1])


LONGEST = {"aws": 18, "gcp": 14, "azure": 42}
"""Characters that the name of the system may have, given the environments' names and accounts."""


def with_name(folder: Path, cloud: str, length: int) -> Path:
    project = switch_project(folder, cloud)
    edit(project, SYSTEM, "name: quantacirc\n", f"name: {'q' * length}\n")
    return project


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_longest_name_is_taken(cloud: str, tmp_path: Path) -> None:
    out = synthesize(with_name(tmp_path / "project", cloud, LONGEST[cloud]), tmp_path / "out")
    assert (out / "stacks" / f"prod-{cloud}").is_dir()


@pytest.mark.parametrize(("cloud", "what"), [("aws", "bucket"), ("gcp", "bucket"), ("azure", "network")])
def test_a_longer_name_is_refused(cloud: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = refused(with_name(tmp_path / "project", cloud, LONGEST[cloud] + 1), capsys)
    assert all(
        re.match(
            r"error: apps/environments/\w+.yaml:\d+: (target|components\.\S+): the .* would be called \"q+-\w", line
        )
        for line in lines
    )
    assert any(f"the {what}" in line for line in lines)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_name_that_is_far_too_long_breaks_every_limit_at_once(
    cloud: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = {
        "aws": {"cluster", "database", "bucket of artifacts", "role of planck-forge"},
        "gcp": {"cluster", "database", "bucket of artifacts"},
        "azure": {"network"},
    }
    lines = refused(with_name(tmp_path / "project", cloud, 60), capsys)
    said = {match[1] for line in lines if (match := re.search(r"the (.*) would be called", line))}
    assert expected[cloud] <= said


def test_everything_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = switch_project(tmp_path / "project", "aws")
    places = [
        edit(project, DEV, "zones: 3", "zones: 9"),
        edit(project, DEV, "cidr: 10.10.0.0/16", "cidr: 10.10.0.0/26"),
        edit(project, DEV, "region: eu-central-1", "region: eu-centrall-1"),
        edit(project, DEV, "recovery_region: europe-west1", "recovery_region: europe-west3"),
        edit(project, DEV, "backup_retention_days: 7", "backup_retention_days: 99"),
        edit(project, DEV, "bucket: quantacircdevtfstate,", "bucket: Quantacirc-tfstate,"),
    ]
    lines = refused(project, capsys)
    found = {int(match[1]) for line in lines if (match := re.match(rf"error: {DEV}:(\d+): ", line))}
    # What spans several values is looked at when each by itself is right.
    assert {places[0], places[4]} <= found


def test_what_spans_several_values_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = switch_project(tmp_path / "project", "azure")
    places = {
        edit(project, DEV, "cidr: 10.10.0.0/16", "cidr: 10.10.0.0/26"),
        edit(project, DEV, "region: westeurope", "region: westeuropa"),
        edit(project, DEV, "recovery_region: europe-west1", "recovery_region: europe-west3"),
        edit(project, DEV, "backup_retention_days: 7", "backup_retention_days: 5"),
        edit(project, DEV, "bucket: quantacircdevtfstate,", "bucket: Quantacirc-tfstate,"),
        edit(project, DEV, "min_nodes: 2, max_nodes: 6", "min_nodes: 7, max_nodes: 6"),
    }
    found = {int(match[1]) for line in refused(project, capsys) if (match := re.match(rf"error: {DEV}:(\d+): ", line))}
    assert places <= found
