"""A policy scanner finds nothing in the manifests but what ``policy/waivers.yaml`` says and explains."""

from pathlib import Path

import pytest
import yaml

from support.checkov import Scan, scan
from support.kubernetes.manifests import ENVIRONMENTS, pod_templates, read_folder
from support.waivers import load_waivers, refused, unused

WAIVERS = [*load_waivers("CKV_K8S_"), *load_waivers("CKV2_K8S_")]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found(manifests: Path) -> Scan:
    """Return what checkov says of all environments."""
    return scan(manifests, "kubernetes")


def test_everything_is_read(found: Scan) -> None:
    assert found.unreadable == 0
    assert found.passed > 1000 * len(ENVIRONMENTS)


def test_nothing_is_found_that_is_not_waived(found: Scan) -> None:
    assert [str(finding) for finding in refused(found.findings, WAIVERS)] == []


def test_no_waiver_is_unused(found: Scan) -> None:
    assert unused(WAIVERS, found.findings) == []


def test_every_container_with_a_port_has_all_probes(manifests: Path) -> None:
    for environment in ENVIRONMENTS:
        for item, template in pod_templates(read_folder(manifests / environment)):
            for container in template["spec"]["containers"]:
                probes = {"livenessProbe", "readinessProbe", "startupProbe"} & container.keys()
                assert len(probes) == (3 if container.get("ports") else 0), (environment, item["metadata"]["name"])


def test_the_scan_sees_a_privileged_container(manifests: Path, tmp_path: Path) -> None:
    path = next((manifests / "local").glob("Deployment.*.yaml"))
    deployment = yaml.safe_load(path.read_text())
    deployment["spec"]["template"]["spec"]["containers"][0]["securityContext"]["privileged"] = True
    (tmp_path / path.name).write_text(yaml.safe_dump(deployment))
    assert "CKV_K8S_16" in [finding.check for finding in refused(scan(tmp_path, "kubernetes").findings, WAIVERS)]
