"""Each namespace with workloads becomes a system; objects of other namespaces stay in theirs."""

import json
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.importing import import_project, import_projects
from support.command import qcdk
from support.kubernetes.manifests import Object, read_folder

WORKLOAD = """\
---
apiVersion: apps/v1
kind: {kind}
metadata: {{ name: {name}, namespace: {namespace} }}
spec:
  selector: {{ matchLabels: {{ app: {name} }} }}
  template:
    metadata: {{ labels: {{ app: {name} }} }}
    spec: {{ containers: [{{ name: {name}, image: nginx, ports: [{{ containerPort: {port} }}], args: {args} }}] }}
---
apiVersion: v1
kind: Service
metadata: {{ name: {name}, namespace: {namespace} }}
spec: {{ selector: {{ app: {name} }}, ports: [{{ port: 80, targetPort: {port} }}] }}
---
apiVersion: v1
kind: ConfigMap
metadata: {{ name: settings, namespace: {namespace} }}
data: {{ of: {namespace} }}
"""
OTHERS = """\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: web-auth, namespace: kube-system }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: extension-apiserver-authentication-reader }
subjects: [{ kind: ServiceAccount, name: db, namespace: data }]
---
apiVersion: v1
kind: Namespace
metadata: { name: data }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: kube-public }
data: { of: kube-public }
"""
SOURCE = (
    WORKLOAD.format(kind="Deployment", name="web", namespace="shop", port=8080, args="[--db=db.data.svc:80]")
    + WORKLOAD.format(kind="StatefulSet", name="db", namespace="data", port=5432, args="[]")
    + OTHERS
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "all.yaml").write_text(SOURCE)
    return tmp_path / "all.yaml"


def objects(project: Path) -> dict[tuple[str, str], Object]:
    done = qcdk("synth", "--project", project, "--only", "kubernetes")
    assert done.returncode == 0, done.stdout + done.stderr
    found = read_folder(project / "dist" / "kubernetes" / "local")
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


@pytest.mark.slow
def test_each_namespace_becomes_a_project(source: Path, tmp_path: Path) -> None:
    done = qcdk("import", source, "--project", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "2 namespaces have workloads: each becomes a project" in done.stderr
    assert [line.partition("/: ")[0].rpartition("/")[2] for line in done.stdout.splitlines()] == ["data", "shop"]
    shop, data = objects(tmp_path / "out/shop"), objects(tmp_path / "out/data")
    assert shop["ConfigMap", "settings"]["data"] == {"of": "shop"}
    assert data["ConfigMap", "settings"]["data"] == {"of": "data"}
    assert {one["metadata"].get("namespace") for one in shop.values() if "namespace" in one["metadata"]} == {"shop"}
    assert data["RoleBinding", "web-auth"]["metadata"]["namespace"] == "kube-system"
    egress = shop["NetworkPolicy", "web-to-data-db"]["spec"]
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}}}
    assert egress["egress"] == [{"to": [peer], "ports": [{"port": 5432, "protocol": "TCP"}]}]
    assert egress["podSelector"]["matchLabels"] == {"app": "web"}
    ingress = data["NetworkPolicy", "db-from-shop"]["spec"]
    assert ingress["podSelector"]["matchLabels"] == {"app": "db"}
    assert ingress["ingress"][0]["from"][0]["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "shop"
    }


@pytest.mark.integration
def test_a_namespace_can_be_chosen(source: Path, tmp_path: Path) -> None:
    report = import_project([source], tmp_path / "out", namespace="data")
    system = yaml.safe_load((tmp_path / "out/apps/system.yaml").read_text())
    assert (system["name"], list(system["components"])) == ("data", ["db"])
    assert yaml.safe_load((tmp_path / "out/apps/environments/local.yaml").read_text())["namespace"] == "data"
    left = [one for one in report.left if one.reason.startswith("The output has one object of a kind and name")]
    assert {one.object for one in left} == {"ConfigMap/settings"}  # That of kube-public.
    reports = import_projects([source], tmp_path / "both", namespaces=["shop", "data"], name="eu")
    assert list(reports) == [tmp_path / "both/shop", tmp_path / "both/data"]
    assert yaml.safe_load((tmp_path / "both/shop/apps/system.yaml").read_text())["name"] == "eu-shop"


def test_an_object_whose_name_is_taken_is_reported(tmp_path: Path) -> None:
    one = WORKLOAD.format(kind="Deployment", name="web", namespace="shop", port=8080, args="[]")
    (tmp_path / "all.yaml").write_text(one + OTHERS)
    (report,) = import_projects([tmp_path / "all.yaml"], tmp_path / "out").values()
    left = [one for one in report.left if one.reason.startswith("The output has one object of a kind and name")]
    assert {one.object for one in left} == {"ConfigMap/settings"}
    binding = yaml.safe_load((tmp_path / "out/apps/objects/RoleBinding.web-auth.yaml").read_text())
    assert binding["metadata"]["namespace"] == "kube-system"


def test_several_namespaces_need_several_projects(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="workloads of 2 namespaces: data, shop, expected `namespace`, or"):
        import_project([source], tmp_path / "out")
    with pytest.raises(ModelError, match='no workload is in the namespace shp, expected "shop"'):
        import_projects([source], tmp_path / "out", namespaces=["shp"])
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_reports_are_json_by_project(source: Path, tmp_path: Path) -> None:
    done = qcdk("import", source, "--project", tmp_path / "out", "--format", "json")
    assert {path.rpartition("/")[2] for path in json.loads(done.stdout)} == {"shop", "data"}
