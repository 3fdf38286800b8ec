"""Pods with GPUs on Azure wait for a device plugin."""

from types import SimpleNamespace
from typing import Any

import pytest

from quantacirc_cdk.report import devices
from quantacirc_cdk.report.devices import missing_devices

GPU: dict[str, Any] = {"resources": {"limits": {"nvidia.com/gpu": "1"}}}


def pods(kind: str, container: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = {"template": {"spec": {"containers": [container]}}}
    return {
        "kind": kind,
        "metadata": {"name": "trainer"},
        "spec": {"jobTemplate": {"spec": spec}} if kind == "CronJob" else spec,
    }


@pytest.mark.parametrize(
    ("target", "kind", "container", "chart", "missing"),
    [
        ("azure", "Deployment", GPU, "", True),
        ("azure", "CronJob", GPU, "", True),
        ("azure", "Deployment", {}, "", False),
        ("azure", "Deployment", GPU, "oci://ghcr.io/mirror/nvidia-device-plugin", False),
        ("aws", "Deployment", GPU, "", False),
        ("gcp", "Deployment", GPU, "", False),
    ],
)
def test_the_summary_names_pods_that_wait(
    monkeypatch: pytest.MonkeyPatch, target: str, kind: str, container: dict[str, Any], chart: str, missing: bool
) -> None:
    monkeypatch.setattr(devices, "chart_releases", lambda _: [SimpleNamespace(chart=chart)] if chart else [])
    site: Any = SimpleNamespace(environment=SimpleNamespace(target=target, name="prod"))
    found = [str(one) for one in missing_devices(site, [pods(kind, container)])]
    assert bool(found) is missing
    assert all("kubernetes/prod has no device plugin for GPUs" in one and "trainer" in one for one in found)
