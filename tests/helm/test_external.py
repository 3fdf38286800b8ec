"""A bus, a database and an object store of one's own in place of the chart's; what the containers beside are."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import Project
from support.helm.helm import template
from support.helm.valid import wrong
from support.kubernetes.manifests import Object, containers, pod_templates
from support.tools import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def documented() -> dict[str, Any]:
    """Return the values that docs/helm.md shows for stores of one's own."""
    text = (ROOT / "docs" / "helm.md").read_text(encoding="utf-8")
    (block,) = [block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "existingSecret" in block]
    return dict(yaml.safe_load(block))


def rendered(chart: Path, project: Project, folder: Path, values: dict[str, Any]) -> list[Object]:
    (folder / "values.yaml").write_text(json.dumps(values), encoding="utf-8")
    objects = template(chart, "--values", folder / "values.yaml", name=project.system.name)
    assert wrong(objects) == []
    return objects


def secrets(objects: list[Object]) -> dict[str, set[str]]:
    """Return by component the Secrets that its pods are given."""
    found: dict[str, set[str]] = {}
    for item, pod in pod_templates(objects):
        names = {volume["secret"]["secretName"] for volume in pod["spec"]["volumes"] if "secret" in volume}
        for volume in pod["spec"]["volumes"]:
            names |= {
                one["secret"]["name"] for one in volume.get("projected", {}).get("sources", []) if "secret" in one
            }
        for container in containers(pod):
            names |= {
                variable["valueFrom"]["secretKeyRef"]["name"]
                for variable in container.get("env", [])
                if "secretKeyRef" in variable.get("valueFrom", {})
            }
        found[item["metadata"]["name"]] = names
    return found


def test_nothing_embedded_is_left_and_everybody_is_told_of_what_is_there(
    chart: Path, project: Project, tmp_path: Path, documented: dict[str, Any]
) -> None:
    objects = rendered(chart, project, tmp_path, documented)
    assert [item["metadata"]["name"] for item in objects if item["kind"] == "StatefulSet"] == []
    given = secrets(objects)
    assert not {"ledger", "artifacts", "bus-credentials", "bus-tls"} & set.union(*given.values())
    assert {"nats-users", "nats-authority", "ledger-login", "store-login"} <= given["orchestrator"]
    addresses = {
        item["data"][key] for item in objects if item["kind"] == "ConfigMap" for key in item["data"] if "BUS_URL" in key
    }
    assert addresses == {"tls://nats.example:4222"}
    told = [variable["value"] for _, pod in pod_templates(objects) for one in containers(pod)
            for variable in one.get("env", []) if variable["name"].endswith("STORE_ENDPOINT")]  # fmt: skip
    assert told
    assert set(told) == {"https://s3.example"}
    (everybody,) = [item for item in objects if item["metadata"]["name"] == "default-deny"]
    assert {"ipBlock": {"cidr": "192.0.2.0/24"}} in [
        peer for rule in everybody["spec"]["egress"] for peer in rule["to"]
    ]


def test_an_existing_secret_is_also_that_of_the_embedded_store(chart: Path, project: Project, tmp_path: Path) -> None:
    objects = rendered(chart, project, tmp_path, {"ledger": {"existingSecret": "my-login"}})
    given = secrets(objects)
    assert "my-login" in given["ledger"] & given["orchestrator"]
    assert "ledger" not in set.union(*given.values())


def test_a_mirror_serves_the_images_of_all_containers(chart: Path, project: Project, tmp_path: Path) -> None:
    objects = rendered(chart, project, tmp_path, {"global": {"imageRegistry": "mirror.example/all"}})
    images = {container["image"] for _, pod in pod_templates(objects) for container in containers(pod)}
    assert len(images) > 5
    assert [image for image in images if not image.startswith("mirror.example/all/")] == []


def test_one_storage_class_is_that_of_all_volumes_that_have_none_of_their_own(
    chart: Path, project: Project, tmp_path: Path
) -> None:
    values = {"global": {"storageClass": "fast"}, "ledger": {"persistence": {"storageClass": "slow"}}}
    objects = rendered(chart, project, tmp_path, values)
    claims = {
        item["metadata"]["name"]: claim["spec"]["storageClassName"]
        for item in objects
        if item["kind"] == "StatefulSet"
        for claim in item["spec"]["volumeClaimTemplates"]
    }
    assert claims.pop("ledger") == "slow"
    assert set(claims.values()) == {"fast"}
    scratch = re.findall(r"'ephemeral': \{.*?'storageClassName': '(\w+)'", str(objects))
    assert set(scratch) == {"fast"}


@pytest.mark.parametrize("replicas", [1, 3, 5])
def test_certificates_and_routes_name_every_server_of_the_bus(
    chart: Path, project: Project, tmp_path: Path, replicas: int
) -> None:
    for manager in (True, False):
        values = {"bus": {"replicas": replicas}, "addons": {"certManager": manager}}
        objects = rendered(chart, project, tmp_path, values)
        named = str([i for i in objects if i["kind"] in ("Certificate", "ConfigMap")])
        found = {int(number) for number in re.findall(r"\bbus-(\d+)\.bus-headless\b", named)}
        assert found == set(range(replicas)), manager
        (servers,) = [i for i in objects if i["kind"] == "StatefulSet" and i["metadata"]["name"] == "bus"]
        (container,) = (one for one in servers["spec"]["template"]["spec"]["containers"] if one["name"] == "bus")
        hosts = [one["value"] for one in container["env"] if one["name"] == "ROUTES"]
        routes = set(re.findall(r"\bbus-(\d+)\.", " ".join(hosts)))
        assert routes == ({str(number) for number in range(replicas)} if replicas > 1 else set())


def test_objects_of_ones_own_are_templates(chart: Path, project: Project, tmp_path: Path) -> None:
    notes = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ .Release.Name }}-notes"}}
    text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: of-{{ .Release.Namespace }}\n"
    objects = rendered(chart, project, tmp_path, {"extraObjects": [notes, text]})
    names = {(item["kind"], item["metadata"]["name"]) for item in objects}
    assert {("ConfigMap", f"{project.system.name}-notes"), ("Secret", f"of-{project.system.name}")} <= names


def test_an_ingress_serves_further_hosts_with_certificates_of_their_own(
    chart: Path, project: Project, tmp_path: Path
) -> None:
    backend = {"service": {"name": "orchestrator", "port": {"name": "http"}}}
    rule = {"host": "b.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    certificate = {"hosts": ["b.example"], "secretName": "b"}
    for tls in (True, False):
        ingress = {
            "enabled": True, "host": "a.example", "className": "nginx", "tls": tls, "tlsSecretName": "a",
            "extraRules": [rule], "extraTls": [certificate] if tls else [],
        }  # fmt: skip
        objects = rendered(
            chart, project, tmp_path, {"addons": {"gatewayApi": False}, "orchestrator": {"ingress": ingress}}
        )
        (found,) = [item["spec"] for item in objects if item["kind"] == "Ingress"]
        assert [each["host"] for each in found["rules"]] == ["a.example", "b.example"]
        assert found["rules"][1] == rule
        assert found.get("tls", []) == ([{"hosts": ["a.example"], "secretName": "a"}, certificate] if tls else [])


def test_a_chart_of_cloud_environments_alone_takes_a_store_with_a_secret_too(project: Project, tmp_path: Path) -> None:
    clouds = {name: one for name, one in project.environments.items() if one.cloud}
    only = Project(root=project.root, system=project.system, environments=clouds, sources=project.sources)
    alone = tmp_path / project.system.name
    system_chart(only, ROOT / "dist" / "kubernetes").write(alone)
    plain, given = (
        secrets(rendered(alone, project, tmp_path, {"artifacts": {"existingSecret": name}} if name else {}))
        for name in ("", "store-login")
    )
    assert "store-login" not in set.union(*plain.values())
    assert "store-login" in given["orchestrator"]
