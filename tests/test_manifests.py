"""Manifests are read back from files, and while a synthesis runs from what their part leaves."""

import json
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.handover import FOLDER, leave
from quantacirc_cdk.manifests import SHARED_FROM, cluster_scoped, read_environments, read_objects

FILES = {
    "Service.b.k8s.yaml": "kind: Service\nmetadata:\n  name: b\n",
    "ConfigMap.a.k8s.yaml": "kind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: 'on'\n---\n",
}
OBJECTS = [
    {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "on"}},
    {"kind": "Service", "metadata": {"name": "b"}},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "kubernetes" / "prod"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def test_objects_come_in_the_order_of_their_files(folder: Path) -> None:
    assert read_objects(folder) == OBJECTS


def test_in_a_run_objects_are_read_before_there_are_files(folder: Path) -> None:
    beside = folder.parents[1]
    (beside / FOLDER).mkdir()
    leave(
        beside,
        "kubernetes.prod.json",
        lambda: '{"Service.b": {"kind": "Service"}, "ConfigMap.a": {"kind": "ConfigMap"}}',
    )
    assert read_objects(folder) == [{"kind": "ConfigMap"}, {"kind": "Service"}]


@pytest.mark.integration
def test_equal_parts_of_large_environments_are_in_memory_once(tmp_path: Path) -> None:
    """A thousand components in four environments need a gigabyte otherwise."""
    (tmp_path / FOLDER).mkdir()
    labels: dict[str, Any] = {
        "one": 1,
        "true": True,
        "float": 1.0,
        "zero": -0.0,
        "port": 8080,
        "text": "1",
        "no": None,
        "list": [],
        "map": {},
    }
    written = {
        name: {
            kind: {"kind": kind, "labels": labels, "args": [[1], [True], ["1"], {}], "data": name * SHARED_FROM}
            for kind in ("Job", "Pod")
        }
        for name in ("dev", "prod")
    }
    for name, objects in written.items():
        leave(tmp_path, f"kubernetes.{name}.json", lambda objects=objects: json.dumps(objects))
    found = read_environments(tmp_path / "kubernetes", ["dev", "prod"])
    assert repr(found) == repr({name: list(objects.values()) for name, objects in written.items()})
    every = [item for items in found.values() for item in items]
    for key in ("labels", "args"):
        assert len({id(item[key]) for item in every}) == 1
    assert len({id(item["kind"]) for item in every}) == len({id(item["data"]) for item in every}) == 2


CLUSTER_WIDE = """
Namespace Node PersistentVolume MutatingWebhookConfiguration ValidatingWebhookConfiguration CustomResourceDefinition
APIService CertificateSigningRequest FlowSchema PriorityLevelConfiguration IngressClass RuntimeClass ClusterRole
ClusterRoleBinding PriorityClass CSIDriver CSINode StorageClass VolumeAttachment ValidatingAdmissionPolicy
ValidatingAdmissionPolicyBinding VolumeAttributesClass DeviceClass ResourceSlice GatewayClass
""".split()
"""What ``kubectl api-resources --namespaced=false`` lists, but for reviews."""


@pytest.mark.parametrize("kind", CLUSTER_WIDE)
def test_an_object_for_the_whole_cluster_is_told_by_its_kind(kind: str) -> None:
    """Otherwise Argo CD's project would refuse it, or a deployment look for it in a namespace."""
    item = {"apiVersion": "x.k8s.io/v1", "kind": kind, "metadata": {"name": "a"}}
    assert cluster_scoped(item)
    assert cluster_scoped({**item, "metadata": {"name": "a", "namespace": "b"}})


@pytest.mark.parametrize(
    ("api", "kind", "namespace", "wide"),
    [
        ("v1", "Service", None, False),
        ("apps/v1", "Deployment", None, False),
        ("rbac.authorization.k8s.io/v1", "Role", None, False),
        ("gateway.networking.k8s.io/v1", "Gateway", None, False),
        ("cert-manager.io/v1", "ClusterIssuer", None, True),
        ("cert-manager.io/v1", "Issuer", "a", False),
        ("external-secrets.io/v1", "ClusterSecretStore", "a", True),
        ("postgresql.cnpg.io/v1", "Cluster", "a", False),  # no word follows
        ("example.org/v1", "Thing", None, True),
        ("example.org/v1", "Thing", "a", False),
    ],
)
def test_other_kinds_are_told_by_their_name_or_their_namespace(
    api: str, kind: str, namespace: str | None, wide: bool
) -> None:
    metadata = {"name": "a", **({"namespace": namespace} if namespace else {})}
    assert cluster_scoped({"apiVersion": api, "kind": kind, "metadata": metadata}) is wide
