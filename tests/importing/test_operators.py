"""A controller with a store, as operators are published: recommended labels, policies, roles, a replicated store."""

from collections.abc import Callable

import pytest

from importing.conftest import Imported
from quantacirc_cdk.kubernetes.reachability import connections, pods

pytestmark = pytest.mark.slow

SOURCE = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: store-server }
spec:
  serviceName: store
  selector: { matchLabels: { app.kubernetes.io/name: store } }
  template:
    metadata: { labels: { app.kubernetes.io/name: store, app.kubernetes.io/part-of: system } }
    spec:
      automountServiceAccountToken: false
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - labelSelector: { matchLabels: { app.kubernetes.io/name: store } }
            topologyKey: kubernetes.io/hostname
      containers:
      - name: store
        image: redis
        ports: [{ name: store, containerPort: 6379 }]
        livenessProbe: { tcpSocket: { port: store } }
        volumeMounts: [{ name: data, mountPath: /data }]
      volumes:
      - { name: data, persistentVolumeClaim: { claimName: data } }
      - { name: unused, emptyDir: { sizeLimit: 1Gi } }
  volumeClaimTemplates:
  - metadata: { name: data }
    spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 5Gi } } }
---
apiVersion: v1
kind: Service
metadata: { name: announce-0 }
spec:
  selector: { app.kubernetes.io/name: store, statefulset.kubernetes.io/pod-name: store-server-0 }
  ports: [{ name: store, port: 6379, targetPort: store }]
---
apiVersion: v1
kind: Service
metadata: { name: all }
spec: { selector: { app.kubernetes.io/part-of: system }, ports: [{ name: any, port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: controller }
spec:
  selector: { matchLabels: { app.kubernetes.io/name: controller } }
  template:
    metadata: { labels: { app.kubernetes.io/name: controller, app.kubernetes.io/part-of: system } }
    spec:
      serviceAccountName: operator
      containers: [{ name: main, image: "ghcr.io/system/controller:v1", ports: [{ name: http, containerPort: 8082 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: controller, labels: { app.kubernetes.io/name: controller } }
spec: { selector: { app.kubernetes.io/name: controller }, ports: [{ name: http, port: 8082, targetPort: http }] }
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: controller }
spec: { selector: { matchLabels: { app.kubernetes.io/name: controller } }, endpoints: [{ port: http }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: store }
spec:
  podSelector: { matchLabels: { app.kubernetes.io/name: store } }
  ingress:
  - from: [{ podSelector: { matchExpressions: [{ key: app.kubernetes.io/part-of, operator: In, values: [system] }] } }]
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: operator }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: "system:reader" }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: "system:reader" }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:reader" }
subjects: [{ kind: ServiceAccount, name: operator, namespace: operators }]
"""


@pytest.fixture(scope="module")
def operator(imported: Callable[..., Imported]) -> Imported:
    return imported(SOURCE)


def labels(operator: Imported, kind: str, name: str) -> dict[str, str]:
    return dict(operator.find(kind, name)["spec"]["selector"]["matchLabels"])


def test_selectors_select_the_same_pods_by_the_labels_of_the_library(operator: Imported) -> None:
    store = labels(operator, "StatefulSet", "store-server")
    assert operator.find("Service", "announce-0")["spec"]["selector"] == {
        **store,
        "statefulset.kubernetes.io/pod-name": "store-server-0",
    }
    pod = operator.find("StatefulSet", "store-server")["spec"]["template"]["spec"]
    (term,) = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term == {"labelSelector": {"matchLabels": store}, "topologyKey": "kubernetes.io/hostname"}
    policy = operator.find("NetworkPolicy", "store")["spec"]
    assert policy["podSelector"]["matchLabels"] == store
    (peer,) = policy["ingress"][0]["from"]
    assert peer["podSelector"]["matchExpressions"] == [
        {"key": "app.kubernetes.io/name", "operator": "In", "values": ["store-server", "controller"]}
    ]
    monitor = operator.find("ServiceMonitor", "controller")["spec"]["selector"]["matchLabels"]
    assert monitor.items() <= operator.find("Service", "controller")["metadata"]["labels"].items()


def test_a_service_that_can_no_longer_select_its_pods_is_told(operator: Imported) -> None:
    said = "Service all selects pods by labels that the library sets: select them by other labels."
    assert said in operator.report.added


def test_whom_a_policy_admits_is_reached(operator: Imported) -> None:
    objects = list(operator.objects.values())
    assert ("controller", "store-server") in {(one.source, one.target) for one in connections(objects, pods(objects))}


def test_a_pod_whose_account_has_a_role_keeps_its_token_and_its_way_to_the_api(operator: Imported) -> None:
    assert operator.find("Deployment", "controller")["spec"]["template"]["spec"]["automountServiceAccountToken"] is True
    assert operator.find("ClusterRoleBinding", "system:reader")["subjects"][0]["namespace"] == "operators"
    assert operator.find("Deployment", "controller")["metadata"]["namespace"] == "operators"
    egress = operator.find("NetworkPolicy", "controller")["spec"]["egress"]
    assert any({"port": 6443, "protocol": "TCP"} in rule["ports"] for rule in egress)
    assert ("Role", "controller") not in operator.objects
    store = operator.find("StatefulSet", "store-server")["spec"]["template"]["spec"]
    assert store["automountServiceAccountToken"] is False


def test_a_claim_of_each_pod_takes_the_place_of_a_volume_with_its_name(operator: Imported) -> None:
    spec = operator.find("StatefulSet", "store-server")["spec"]
    assert [one["metadata"]["name"] for one in spec["volumeClaimTemplates"]] == ["data"]
    assert not any("data" in said for said in operator.report.added)


def test_a_volume_that_no_container_mounts_leaves_the_others(operator: Imported) -> None:
    spec = operator.find("StatefulSet", "store-server")["spec"]["template"]["spec"]
    volumes = {one["name"] for one in spec.get("volumes", [])} | {"data"}
    assert "unused" in volumes
    assert {mount["name"] for one in spec["containers"] for mount in one["volumeMounts"]} <= volumes


def test_defaults_of_the_api_that_are_not_those_of_the_library_are_kept(operator: Imported) -> None:
    pod = operator.find("StatefulSet", "store-server")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["enableServiceLinks"] is True
    assert container["imagePullPolicy"] == "Always"  # The tag is `latest`.
    assert container["livenessProbe"]["timeoutSeconds"] == 1
    (other,) = operator.find("Deployment", "controller")["spec"]["template"]["spec"]["containers"]
    assert other["imagePullPolicy"] == "IfNotPresent"


def test_what_the_library_sets_beside_is_told(operator: Imported) -> None:
    told = {(one.kind, one.path): (one.value, one.count) for one in operator.report.set}
    assert told["Deployment", "spec.template.spec.containers[].resources.limits.memory"] == ("1Gi", 1)
    assert ("Deployment", "spec.template.spec.terminationGracePeriodSeconds") not in told
    text = (operator.root / "import.md").read_text()
    assert "| Deployment | `spec.template.spec.containers[].resources.limits.memory` | 1Gi | 1 |" in text
    assert not [one for one in operator.report.left if one.reason == "The library sets a different value."]
