"""Small objects of each kind, and a way to bend one."""

import copy
import json
from typing import Any

import yaml

from quantacirc_cdk.diff import Files

Json = dict[str, Any]

LABELS = {"app.kubernetes.io/name": "web"}
TEMPLATE: Json = {
    "metadata": {"labels": LABELS},
    "spec": {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A", "value": "1"}]}]},
}
OBJECTS: dict[str, Json] = {
    "ChartRelease": {
        "apiVersion": "quantacirc-cdk/v1",
        "spec": {
            "chart": "oci://registry.example/charts/search",
            "version": "3.2.1",
            "digest": "sha256:0a",
            "wave": -1,
            "values": {"replicas": 1},
        },
    },
    "Deployment": {
        "apiVersion": "apps/v1",
        "spec": {"replicas": 3, "selector": {"matchLabels": LABELS}, "template": TEMPLATE},
    },
    "Delivery": {
        "apiVersion": "quantacirc-cdk/v1",
        "spec": {
            "approval": True,
            "changeWindows": ["0 8 * * *", "0 9 * * *"],
            "context": "prod",
            "namespace": "shop",
            "release": "shop",
            "signer": "^a$",
            "attestations": ["cyclonedx"],
        },
    },
    "StatefulSet": {
        "apiVersion": "apps/v1",
        "spec": {
            "replicas": 3,
            "serviceName": "web",
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": LABELS},
            "template": TEMPLATE,
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "data"},
                    "spec": {"storageClassName": "ssd", "resources": {"requests": {"storage": "10Gi"}}},
                }
            ],
        },
    },
    "DaemonSet": {"apiVersion": "apps/v1", "spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}},
    "Job": {"apiVersion": "batch/v1", "spec": {"completions": 2, "parallelism": 2, "template": TEMPLATE}},
    "CronJob": {
        "apiVersion": "batch/v1",
        "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": TEMPLATE}}},
    },
    "Pod": {"apiVersion": "v1", "spec": TEMPLATE["spec"]},
    "Service": {
        "apiVersion": "v1",
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "172.20.0.10",
            "ipFamilies": ["IPv4"],
            "selector": LABELS,
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    },
    "Ingress": {
        "apiVersion": "networking.k8s.io/v1",
        "spec": {
            "ingressClassName": "nginx",
            "rules": [
                {
                    "host": "web.example",
                    "http": {"paths": [{"path": "/", "backend": {"service": {"name": "web", "port": {"number": 80}}}}]},
                }
            ],
        },
    },
    "NetworkPolicy": {
        "apiVersion": "networking.k8s.io/v1",
        "spec": {
            "podSelector": {"matchLabels": LABELS},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"a": "b"}}}], "ports": [{"port": 80}]}],
        },
    },
    "BackendTrafficPolicy": {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "spec": {
            "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "web"}],
            "requestBuffer": {"limit": "8Mi"},
        },
    },
    "SecurityPolicy": {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "spec": {
            "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "web"}],
            "authorization": {
                "defaultAction": "Deny",
                "rules": [{"action": "Allow", "name": "a", "principal": {"clientCIDRs": ["192.0.2.0/24"]}}],
            },
        },
    },
    "ReferenceGrant": {
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "spec": {
            "from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "edge"}],
            "to": [{"group": "", "kind": "Secret", "name": "tls"}],
        },
    },
    "PersistentVolumeClaim": {
        "apiVersion": "v1",
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "ssd",
            "volumeName": "pv-1",
            "resources": {"requests": {"storage": "10Gi"}},
        },
    },
    "PersistentVolume": {
        "apiVersion": "v1",
        "spec": {"persistentVolumeReclaimPolicy": "Retain", "csi": {"driver": "ebs", "volumeHandle": "vol-1"}},
    },
    "StorageClass": {
        "apiVersion": "storage.k8s.io/v1",
        "provisioner": "ebs.csi.aws.com",
        "reclaimPolicy": "Retain",
        "parameters": {"type": "gp3"},
    },
    "ConfigMap": {"apiVersion": "v1", "data": {"LEVEL": "info"}},
    "Secret": {"apiVersion": "v1", "type": "Opaque", "data": {"key": "eA=="}},
    "IngressClass": {"apiVersion": "networking.k8s.io/v1", "spec": {"controller": "a.example/c"}},
    "RuntimeClass": {"apiVersion": "node.k8s.io/v1", "handler": "runc"},
    "PriorityClass": {"apiVersion": "scheduling.k8s.io/v1", "value": 1000, "description": "services"},
    "Role": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "create"]}],
    },
    "RoleBinding": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "roleRef": {"kind": "Role", "name": "web"},
        "subjects": [{"kind": "ServiceAccount", "name": "web"}],
    },
    "ServiceAccount": {"apiVersion": "v1", "metadata": {"annotations": {"eks.amazonaws.com/role-arn": "a"}}},
    "Namespace": {"apiVersion": "v1", "metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}},
    "LimitRange": {"apiVersion": "v1", "spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}}]}},
    "ResourceQuota": {"apiVersion": "v1", "spec": {"hard": {"pods": "20"}}},
    "PodDisruptionBudget": {
        "apiVersion": "policy/v1",
        "spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}},
    },
    "Rollout": {
        "apiVersion": "argoproj.io/v1alpha1",
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": LABELS},
            "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {"duration": "300s"}}]}},
            "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        },
    },
    "AnalysisTemplate": {
        "apiVersion": "argoproj.io/v1alpha1",
        "spec": {"metrics": [{"name": "objective", "interval": "60s", "failureCondition": "result[0] > 0.07"}]},
    },
    "HorizontalPodAutoscaler": {
        "apiVersion": "autoscaling/v2",
        "spec": {"minReplicas": 2, "maxReplicas": 5, "scaleTargetRef": {"kind": "Deployment", "name": "web"}},
    },
    "CustomResourceDefinition": {
        "apiVersion": "apiextensions.k8s.io/v1",
        "spec": {"scope": "Namespaced", "group": "x.example", "versions": [{"name": "v1"}, {"name": "v1beta1"}]},
    },
    "ExternalSecret": {
        "apiVersion": "external-secrets.io/v1",
        "spec": {"refreshInterval": "1h", "target": {"name": "web"}, "dataFrom": [{"extract": {"key": "a"}}]},
    },
    "ServiceMonitor": {"apiVersion": "monitoring.coreos.com/v1", "spec": {"endpoints": [{"port": "metrics"}]}},
    "Certificate": {"apiVersion": "cert-manager.io/v1", "spec": {"duration": "24h", "secretName": "web-tls"}},
    "Issuer": {"apiVersion": "cert-manager.io/v1", "spec": {"ca": {"secretName": "authority"}}},
    "NamespacedImageValidatingPolicy": {
        "apiVersion": "policies.kyverno.io/v1",
        "spec": {"failurePolicy": "Fail", "matchImageReferences": [{"glob": "registry.example/*"}]},
    },
    "Stream": {"apiVersion": "jetstream.nats.io/v1beta2", "spec": {"name": "tasks"}},
    "Widget": {"apiVersion": "x.example/v1", "spec": {"size": 1}},
}


def an(kind: str, edits: Json | None = None) -> Json:
    """Return an object of this kind; ``{"spec.replicas": 1}`` sets a field, ``None`` removes one."""
    made = copy.deepcopy(OBJECTS[kind])
    made["kind"] = kind
    made.setdefault("metadata", {}).update({"name": "web", "namespace": "shop"})
    for path, value in (edits or {}).items():
        put(made, path.split("."), copy.deepcopy(value))
    return made


def put(target: Any, path: list[str], value: Any) -> None:
    """Set what is at ``path``, or remove it for ``None``; an index one beyond the end appends."""
    for step in path[:-1]:
        target = target[int(step)] if isinstance(target, list) else target.setdefault(step, {})
    last = path[-1]
    if isinstance(target, list):
        target[int(last) : int(last) + 1] = [value]
    elif value is None:
        target.pop(last, None)
    else:
        target[last] = value


def files(*objects: dict[str, object], stack: dict[str, object] | None = None) -> Files:
    """Return an output with these objects and the resources of a stack of the environment `prod`."""
    made = {f"kubernetes/prod/{item['kind']}.web.k8s.yaml": yaml.safe_dump(item).encode() for item in objects}
    return made | ({"terraform/stacks/prod-aws/cdk.tf.json": json.dumps({"resource": stack}).encode()} if stack else {})
