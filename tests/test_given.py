"""What pods use and nothing in the output creates is named, with its keys and its users."""

from typing import Any

import pytest

from quantacirc_cdk.given import Given, Need, given

Json = dict[str, Any]

USES = {
    "variable": ({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "x", "key": "k"}}}]}, {}, "Secret", "k"),
    "variable of a ConfigMap": (
        {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "k"}}}]},
        {},
        "ConfigMap",
        "k",
    ),
    "all variables": ({"envFrom": [{"secretRef": {"name": "x"}}]}, {}, "Secret", None),
    "all variables of a ConfigMap": ({"envFrom": [{"configMapRef": {"name": "x"}}]}, {}, "ConfigMap", None),
    "files": (
        {},
        {"volumes": [{"name": "v", "secret": {"secretName": "x", "items": [{"key": "k", "path": "p"}]}}]},
        "Secret",
        "k",
    ),
    "files of a ConfigMap": ({}, {"volumes": [{"name": "v", "configMap": {"name": "x"}}]}, "ConfigMap", None),
    "projected files": (
        {},
        {"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "x"}}, {"downwardAPI": {}}]}}]},
        "Secret",
        None,
    ),
    "claim": (
        {},
        {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "x"}}]},
        "PersistentVolumeClaim",
        None,
    ),
    "registry": ({}, {"imagePullSecrets": [{"name": "x"}]}, "Secret", None),
    "account": ({}, {"serviceAccountName": "x"}, "ServiceAccount", None),
}


def item(kind: str, name: str = "x", **fields: Any) -> Json:
    return {"kind": kind, "metadata": {"name": name, "namespace": "shop"}, **fields}


def deployment(container: Json, pod: Json) -> Json:
    spec = {"containers": [{"name": "web", **container}], **pod}
    return item("Deployment", "web", spec={"template": {"spec": spec}})


@pytest.mark.parametrize(("container", "pod", "kind", "key"), USES.values(), ids=USES)
def test_an_object_that_nothing_creates_is_given(container: Json, pod: Json, kind: str, key: str | None) -> None:
    user = deployment(container, pod)
    expected = Need(keys=[key] if key else [], components=["web"], optional=False)
    assert given([user], "other") == {Given(kind, "shop", "x"): expected}
    assert given([user, item(kind)], "other") == {}
    other = {"kind": kind, "metadata": {"name": "x", "namespace": "elsewhere"}}
    assert given([user, other], "other") != {}


def test_keys_without_which_the_pods_start_are_not_among_those_of_a_required_object() -> None:
    def source(key: str, **more: Any) -> Json:
        return {"secret": {"name": "x", "items": [{"key": key, "path": key}], **more}}

    def keys(*sources: Json) -> Need:
        volumes = [{"name": "v", "projected": {"sources": list(sources)}}]
        return given([deployment({}, {"volumes": volumes})], "shop")[Given("Secret", "shop", "x")]

    authority = source("ca.crt", optional=True)
    assert keys(source("host"), authority) == Need(keys=["host"], components=["web"], optional=False)
    assert keys(authority) == Need(keys=["ca.crt"], components=["web"], optional=True)


CLASSES = {
    "PriorityClass": deployment({}, {"priorityClassName": "x"}),
    "RuntimeClass": deployment({}, {"runtimeClassName": "x"}),
    "StorageClass": item("PersistentVolumeClaim", "web", spec={"storageClassName": "x"}),
    "StorageClass of a pod": deployment(
        {}, {"volumes": [{"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {"storageClassName": "x"}}}}]}
    ),
    "StorageClass of each pod": item(
        "StatefulSet",
        "web",
        spec={"template": {}, "volumeClaimTemplates": [{"spec": {"storageClassName": "x"}}]},
    ),
}


@pytest.mark.parametrize(("kind", "user"), CLASSES.items(), ids=CLASSES)
def test_a_class_that_nothing_creates_is_given(kind: str, user: Json) -> None:
    kind = kind.partition(" ")[0]
    assert given([user], "shop") == {Given(kind, "", "x"): Need(keys=[], components=["web"], optional=False)}
    assert given([user, {"kind": kind, "metadata": {"name": "x"}}], "shop") == {}


SECRETS = {
    "ExternalSecret": item("ExternalSecret", "sync", spec={"target": {"name": "x"}}),
    "ExternalSecret of the same name": item("ExternalSecret", spec={}),
    "SealedSecret": item("SealedSecret", spec={"encryptedData": {}}),
    "Certificate": item("Certificate", "web", spec={"secretName": "x"}),
    "generated": item("ConfigMap", "create-secrets", data={"create-secrets.sh": "#!", "secrets": "y a\nx b\n"}),
}


@pytest.mark.parametrize("maker", SECRETS.values(), ids=SECRETS)
def test_a_secret_that_a_controller_creates_is_not_given(maker: Json) -> None:
    user = deployment({"envFrom": [{"secretRef": {"name": "x"}}]}, {})
    assert given([maker, user], "shop") == {}


def test_what_is_optional_everywhere_is_optional_and_init_containers_count() -> None:
    optional = {"envFrom": [{"secretRef": {"name": "x", "optional": True}}]}
    (need,) = given([deployment(optional, {})], "shop").values()
    assert need.optional
    before = {"initContainers": [{"name": "first", "envFrom": [{"secretRef": {"name": "x"}}]}]}
    (need,) = given([deployment(optional, before)], "shop").values()
    assert not need.optional


def test_what_kubernetes_creates_is_not_given() -> None:
    pod = {
        "serviceAccountName": "default",
        "volumes": [{"name": "ca", "configMap": {"name": "kube-root-ca.crt"}}, {"name": "tmp", "emptyDir": {}}],
    }
    assert given([deployment({"env": [{"name": "A", "value": "b"}]}, pod)], "shop") == {}
    assert given([deployment({}, {"priorityClassName": "system-cluster-critical"})], "shop") == {}
    assert given([item("PersistentVolumeClaim", spec={"storageClassName": "standard-rwo"})], "shop") == {}
