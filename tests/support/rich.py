"""A project in which every field of the model is set, for tests that change each of them."""

import copy
import json
from pathlib import Path
from typing import Any

import yaml

from support.project import Project

Json = dict[str, Any]

_CONTRACT: Json = {
    "command": ["/app"],
    "args": ["run"],
    "size": "small",
    "environment": {"LOG_LEVEL": "info"},
    "api_access": True,
}
_TOKEN: Json = {**{key: value for key, value in _CONTRACT.items() if key != "api_access"}, "api_token": True}
_SERVING: Json = {
    **_CONTRACT,
    "ports": [{"name": "grpc", "port": 50051, "protocol": "TCP"}],
    "publishes": ["plant.done"],
    "consumes": ["plant.work"],
    "delivery": {"attempts": 5, "ack_seconds": 300, "max_pending": 1000},
    "probes": {
        "startup_path": "/up",
        "liveness_path": "/live",
        "readiness_path": "/ready",
        "port": 8080,
        "startup_seconds": 120,
        "period_seconds": 10,
    },
    "disruption": {"max_unavailable": 1},
}
_PROBE: Json = {
    "initial_delay_seconds": 1,
    "period_seconds": 11,
    "timeout_seconds": 4,
    "failure_threshold": 5,
    "termination_grace_seconds": 20,
}
_PACE: Json = {"percent": 50, "pods": 2, "period_seconds": 30, "stabilization_seconds": 10, "disabled": False}
_EXCEPTIONS: Json = {
    "user": 0,
    "group": 20001,
    "root": "It binds low ports.",
    "writable_root": "It writes beside itself.",
    "privilege_escalation": "It uses sudo.",
    "privileged": "It loads modules.",
    "unconfined": "It traces.",
    "default_capabilities": "It changes owners.",
    "capabilities": {"NET_ADMIN": "It makes tunnels."},
}
_RESOURCES: Json = {
    "cpu": "150m",
    "memory": "160Mi",
    "memory_limit": "320Mi",
    "ephemeral_storage": "3Gi",
    "cpu_limit": "2",
    "extended": {"example.com/gpu": "1"},
}
_OTHER: Json = {
    "image": "tools",
    "size": "medium",
    "command": ["/other"],
    "mounts": {"scratch": {"path": "/seen", "read_only": True, "sub_path": "part"}},
    "security": _EXCEPTIONS,
}
_HTTP: Json = {"path": "/probe", "port": "raw", "scheme": "HTTPS", "headers": {"X-Probe": "yes"}}

NEEDS: Json = {
    "command": ["/app"],
    "args": ["run"],
    "working_dir": "/srv",
    "contract": False,
    "ports": [
        {
            "name": "raw",
            "port": 7000,
            "protocol": "TCP",
            "service_port": 70,
            "service_port_name": "raw-service",
            "app_protocol": "http",
            "additional_service_ports": [{"name": "raw-old", "port": 71, "app_protocol": "http"}],
        },
        {"name": "scrape", "port": 7001},
        {"name": "game", "port": 7002, "protocol": "UDP"},
    ],
    "environment": {
        "TEXT": {"text": "text"},
        "EXPAND": {"expand": "$(TEXT)"},
        "SECRET": {"secret": "sesame", "key": "open", "optional": True},
        "MAP": {"config_map": "site", "key": "flavour"},
        "FIELD": {"field": "status.podIP"},
        "RESOURCE": {"resource": "limits.memory", "divisor": "1Mi"},
    },
    "environment_from": [{"secret": "sesame", "prefix": "S_", "optional": True}, {"config_map": "site"}],
    "files": {
        "/etc/app/a.yml": {"file": "files/a.yml"},
        "/etc/app/b": {"text": "b", "mode": 288},
        "/etc/keys": {"secret": "keys", "items": {"id": "key.pem"}, "optional": True},
        "/etc/ca.pem": {"config_map": "authority", "key": "ca.pem"},
    },
    "probes": {
        "startup": {"http": _HTTP, **_PROBE},
        "liveness": {"grpc": {"port": 7000, "service": "alive"}, **_PROBE},
        "readiness": {"tcp": "raw", "success_threshold": 2},
    },
    "lifecycle": {
        "post_start": {"command": ["/started"]},
        "pre_stop": {"http": _HTTP},
        "termination_grace_seconds": 90,
    },
    "resources": _RESOURCES,
    "pull_policy": "Always",
    "service": {
        "type": "LoadBalancer",
        "load_balancer_class": "example.com/balancer",
        "source_ranges": ["203.0.113.0/24"],
        "external_traffic": "Local",
        "internal_traffic": "Local",
        "ip_family_policy": "PreferDualStack",
        "ip_families": ["IPv6", "IPv4"],
        "client_affinity": True,
        "labels": {"tier": "edge"},
        "annotations": {"example.com/dns": "edge"},
    },
    "metrics": {"port": "scrape", "clients": True, "path": "/scrape", "interval_seconds": 15,
                "labels": {"release": "prometheus"}},
    "volumes": {
        "scratch": {"empty": {"size": "1Gi", "memory": True}, "mount": {"path": "/scratch"}},
        "shared": {"size": "5Gi", "access": "ReadWriteMany", "storage_class": "nfs", "mount": {"path": "/shared"}},
        "old": {"claim": "old", "access": "ReadWriteMany", "mount": {"path": "/old"}},
        "node": {
            "host": {"path": "/var/lib/node", "type": "Directory", "reason": "It reads the node."},
            "mount": {"path": "/node", "propagation": "HostToContainer"},
        },
        "token": {
            "projected": [{"serviceAccountToken": {"path": "token", "audience": "mill"}}],
            "mount": {"path": "/token"},
        },
    },
    "init_containers": [{"name": "before", "side_car": True, **_OTHER}],
    "side_cars": [{"name": "beside", **_OTHER}],
    "share_processes": True,
    "security": {
        **_EXCEPTIONS,
        "fs_group": 20002,
        "supplemental_groups": [20003],
        "sysctls": {"kernel.pid_max": "65536"},
        "unsafe_sysctls": "It starts many processes.",
        "host_network": "It answers on the node.",
        "host_ipc": "It shares memory.",
    },
    "service_account": "made-before",
    "rules": [{"verbs": ["get"], "resources": ["leases"], "api_group": "coordination.k8s.io", "names": ["leader"]}],
    "pull_secrets": ["registry"],
    "placement": {
        "node_selector": {"disk": "ssd"},
        "architecture": "arm64",
        "node_pool": "general",
        "tolerations": [{"key": "only", "value": "edge", "effect": "NoExecute", "seconds": 30}],
        "nodes": [{"match": [{"key": "zone", "operator": "In", "values": ["a"]}], "weight": 5}],
        "near": [{"component": "web", "place": "topology.kubernetes.io/zone", "weight": 6}],
        "apart": [{"labels": {"noisy": "yes"}, "weight": 7}],
        "spread": [{"place": "topology.kubernetes.io/zone", "max_skew": 2, "strict": True}],
        "runtime_class": "gvisor",
        "priority_class": "urgent",
        "scheduler": "packer",
    },
    "dns": {
        "policy": "None",
        "nameservers": ["192.0.2.53"],
        "searches": ["plant.example"],
        "options": {"ndots": "2"},
        "host_aliases": {"192.0.2.9": ["old.plant.example"]},
        "hostname": "node",
        "subdomain": "nodes",
    },
    "routes": {
        "page": {
            "protocol": "http",
            "port": "raw",
            "hosts": ["page.plant.example", "*.pages.plant.example"],
            "subdomains": ["page"],
            "paths": ["/page"],
            "exact": True,
            "source_ranges": ["203.0.113.0/24"],
            "body_size": "4Mi",
            "annotations": {"example.com/route": "page"},
        },
        "game": {"protocol": "udp", "port": "game", "external_port": 777, "source_ranges": ["203.0.113.0/24"]},
        "call": {"protocol": "grpc", "port": "raw", "subdomains": ["call"], "services": ["plant.Call"]},
    },
    "autoscaling": {
        "cpu_percent": 60,
        "memory_percent": 75,
        "scale_down_seconds": 200,
        "metrics": [
            {"name": "requests", "average": "10", "labels": {"path": "x"}},
            {"name": "depth", "external": True, "value": "20"},
            {"name": "hits", "object": {"kind": "Ingress", "name": "page", "api_version": "networking.k8s.io/v1"},
             "value": "30"},
        ],
        "up": _PACE,
        "down": _PACE,
        "recommend": True,
    },
    "update": {"max_surge": 2, "max_unavailable": "10%", "min_ready_seconds": 5, "revision_history": 7,
               "progress_seconds": 900},
    "workload": {"labels": {"shift": "night"}, "annotations": {"example.com/oven": "2"}},
    "labels": {"team": "bakers"},
    "annotations": {"example.com/note": "yes"},
    "service_links": True,
}  # fmt: skip
"""What a container and its pods may need, each key with a value other than its default."""

_THIRD_PARTY = ("nats", "postgres", "s3", "tools", "openssl", "exporter", "collector", "rclone", "valkey")
_ADDONS = (
    "keda",
    "cert_manager",
    "external_secrets",
    "prometheus_operator",
    "velero",
    "kyverno",
    "tracing",
    "argo_rollouts",
)
_SCALING = {"cpu_percent": 70, "memory_percent": 80, "backlog": 20, "scale_down_seconds": 300}

SYSTEM: Json = {
    "name": "plant",
    "description": "A plant.",
    "source": {"repository": "https://git.plant.example/bakers/plant.git", "branch": "trunk",
               "secret": "plant-deploy-key"},
    "runbooks": "https://git.plant.example/runbooks",
    "task_objective_percent": 99.0,
    "container": {
        "http_port": 8080,
        "metrics_port": 9090,
        "metrics_path": "/metrics",
        "startup_path": "/startupz",
        "liveness_path": "/livez",
        "readiness_path": "/readyz",
        "user_id": 10001,
        "termination_grace_seconds": 60,
        "environment_prefix": "PLANT_",
    },
    "sizes": {
        "small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi", "ephemeral_storage": "1Gi"},
        "medium": {"cpu": "200m", "memory": "256Mi", "memory_limit": "512Mi", "ephemeral_storage": "2Gi"},
    },
    "images": {
        "app": {"repository": "app"},
        "other": {"repository": "other"},
        **{
            name: {"registry": "docker.io", "repository": name, "tag": "17.1", "digest": f"sha256:{number:064x}"}
            for number, name in enumerate(_THIRD_PARTY)
        },
    },
    "toolbox": "tools",
    "certificate_tool": "openssl",
    "stream_tool": "app",
    "trace_collector": "collector",
    "patches": {
        "pids": {
            "kind": "Deployment",
            "name": "web",
            "environments": ["north"],
            "reason": "The debugger attaches to it.",
            "merge": {"spec": {"template": {"spec": {"shareProcessNamespace": True}}}},
        },
    },
    "externals": {
        "mill": {
            "description": "A mill.",
            "hosts": ["mill.example"],
            "port": 8443,
            "cidrs": ["203.0.113.0/24", "2001:db8::/32"],
            "secret": "mill",
            "secret_keys": ["MILL_KEY"],
        }
    },
    "components": {
        "worker": {"kind": "worker", "description": "Works.", "image": "app", **_SERVING, "autoscaling": _SCALING,
                   "reaches": ["books", "objects", "mill", "web"]},
        "web": {"kind": "service", "description": "Serves.", "image": "app", **_SERVING, "autoscaling": _SCALING,
                "reaches": ["books", "objects"], "exposed": True,
                "admits": [{"namespace": "press", "labels": {"app": "reader"}}],
                "objective": {"percent": 99.5, "metric": "http_requests_total", "failed": {"code": "5.."}}},
        "watcher": {"kind": "monitor", "description": "Watches.", "image": "other",
                    **{key: value for key, value in _SERVING.items() if key != "probes"}, "reaches": ["books"]},
        "edge": {"kind": "service", "description": "All needs.", "image": "tools", "size": "small", **NEEDS},
        "calls": {"kind": "worker", "description": "Scales by triggers.", "image": "app", "bus": "queue",
                  "consumes": ["plant.calls"], "service": {"headless": True}, "lifecycle": {"drain_seconds": 9},
                  "update": {"recreate": True}, "security": {"image_user": True}, "probes": {"none": True},
                  "side_cars": [{"name": "checked", "probes": {"liveness": {"command": ["/well"]}}}],
                  "autoscaling": {"triggers": [{"type": "kafka", "metadata": {"topic": "t"}, "authentication": "k",
                                                "metric_type": "Value"}]}},
        "sweep": {"kind": "job", "description": "Sweeps.", "image": "app", "schedule": "0 4 * * *", "retries": 2,
                  "deadline_seconds": 600, "parallelism": 2, "completions": 4, "restart": "OnFailure",
                  "time_zone": "Europe/Berlin", "concurrency": "Replace"},
        "nightly": {"kind": "job", "description": "Runs.", "image": "app", **_TOKEN, "schedule": "0 3 * * *",
                    "publishes": ["plant.night"], "reaches": ["books", "web"]},
        "books-backup": {"kind": "job", "description": "Dumps.", "image": "rclone", "size": "small",
                         "schedule": "17 1 * * *", "reaches": ["books", "objects"], "backs_up": "books",
                         "rehearsal": "0 6 * * 6"},
        "queue-backup": {"kind": "job", "description": "Copies.", "image": "rclone", "size": "small",
                         "schedule": "47 1 * * *", "reaches": ["queue", "objects"], "backs_up": "queue"},
        "agent": {"kind": "daemon", "description": "Runs on nodes.", "image": "tools", "size": "small",
                  "ports": [{"name": "node", "port": 7100,
                             "host_port": {"port": 7100, "source_ranges": ["10.1.0.0/16"],
                                           "reason": "Nodes ask their own agent."}}],
                  "security": {"host_pid": "It watches the node."},
                  "update": {"max_surge": 0, "max_unavailable": 2, "on_delete": False}},
        "keeper": {"kind": "stateful", "description": "Keeps.", "image": "tools", "size": "small",
                   "ports": [{"name": "peer", "port": 7200}], "peer_ports": ["peer"], "pod_management": "ordered",
                   "volumes": {"data": {"size": "1Gi", "mount": {"path": "/data"}}},
                   "retention": {"when_deleted": "Delete", "when_scaled": "Delete"},
                   "update": {"partition": 1, "on_delete": False}},
        "plugin": {"kind": "chart", "description": "Plugs in.", "chart": "oci://charts.example/plugin",
                   "version": "1.2.3", "digest": f"sha256:{77:064x}", "namespace": "plugged", "wave": -2,
                   "values": {"colour": "red"}, "cluster_wide": "It brings its own kinds.",
                   "offers": {"service": "plug", "ports": [{"name": "plug", "port": 7300}],
                              "labels": {"part": "plug"}, "secret": "plug"}},
        "keys": {"kind": "operator", "description": "Certifies.", "operator": "cert-manager",
                 "chart": "oci://charts.example/cert-manager", "version": "v1.20.2", "digest": f"sha256:{79:064x}",
                 "values": {"replicaCount": 2}},
        "snapshots": {"kind": "operator", "operator": "velero", "version": "12.1.0", "digest": f"sha256:{81:064x}",
                      "plugins": {
                          cloud: {"version": "v1.13.1", "digest": f"sha256:{82 + at:064x}", "registry": "plant.example"}
                          for at, cloud in enumerate(("aws", "azure", "gcp"))}},
        "queue": {"kind": "nats", "description": "Queues.", "image": "nats", "size": "small", "exporter": "exporter",
                  "storage": {"size": "10Gi", "path": "/data"}},
        "books": {"kind": "postgresql", "description": "Books.", "image": "postgres", "size": "small", "migration": 3,
                  "storage": {"size": "10Gi", "path": "/pg"}, "read_endpoint": True,
                  "roles": {"owner": ["nightly"], "reader": ["watcher"], "password_version": 2}},
        "cache": {"kind": "valkey", "description": "Caches.", "image": "valkey", "size": "small",
                  "exporter": "exporter", "storage": {"size": "2Gi", "path": "/cache"}, "persistence": "snapshots",
                  "eviction": "allkeys-lru",
                  "databases": 8},
        "objects": {"kind": "object-store", "description": "Files.", "image": "s3", "size": "small",
                  "storage": {"size": "10Gi", "path": "/s3"}},
    },
}  # fmt: skip

NORTH: Json = {
    "description": "The north.",
    "target": "aws",
    "clouds": {
        "aws": {"account": "444455556666", "region": "eu-north-1", "recovery_region": "eu-west-3",
                "state": {"bucket": "plant-north-state", "region": "eu-west-1"}},
        "gcp": {"account": "plant-north", "region": "europe-north1", "recovery_region": "europe-west1",
                "security_group": "gke-security-groups@plant.example", "state": {"bucket": "plant-north-state"}},
        "azure": {"account": "44444444-4444-4444-8444-444444444444", "region": "swedencentral",
                  "recovery_region": "swedensouth",
                  "state": {"bucket": "plantnorthstate", "resource_group": "north", "container": "state"}},
    },
    "domain": "north.plant.example",
    "namespace": "plant",
    "size": "small",
    "replicas": {"min": 2, "max": 4},
    "high_availability": True,
    "registry": "registry.plant.example/plant",
    "pull_secrets": ["mirror"],
    "release": {
        "version": "3.2.1",
        "images": {
            "app": {"tag": "3.2.1", "digest": f"sha256:{98:064x}"},
            "other": {"tag": "3.2.1", "digest": f"sha256:{99:064x}"},
        },
        "require_digests": True,
        "signature": {"issuer": "https://token.example", "subject": "https://git.plant.example/cd.yml",
                      "attestations": ["cyclonedx"]},
    },
    "cluster": {
        "kubernetes_version": "1.33",
        "context": "plant-north",
        "private_endpoint": False,
        "authorized_cidrs": ["198.51.100.0/24"],
        "mode": "standard",
        "node_pools": {
            "base": {"cpu": 2, "memory": "8Gi", "min_nodes": 3, "max_nodes": 16},
            "general": {"cpu": 16, "memory": "64Gi", "min_nodes": 3, "max_nodes": 12, "disk": "100Gi", "spot": False,
                        "architecture": "arm64", "labels": {"disk": "ssd"},
                        "taints": [{"key": "only", "value": "edge", "effect": "NoSchedule"}]}
        },
        "addons": {**dict.fromkeys(_ADDONS, True), "gateway_api": False, "cilium": False},
        "ingress_class": "nginx",
        "ingress_namespace": "ingress-nginx",
        "monitoring_namespace": "monitoring",
        "prometheus_service": "prometheus",
        "prometheus_port": 9091,
        "keda_namespace": "keda",
        "tracing_namespace": "tracing",
        "tracing_service": "tempo",
        "tracing_port": 4317,
        "gateway": "public",
        "cluster_issuer": "letsencrypt",
        "wildcard_issuer": "letsencrypt-dns",
        "route_certificates": "cert-manager",
        "gateway_policies": "envoy",
        "storage_class": "fast",
        "velero_store": {"retention_days": 40, "replicate": True},
    },
    "network": {"cidr": "10.77.0.0/16", "pod_cidr": "100.64.0.0/14", "service_cidr": "172.20.0.0/16", "zones": 3,
                "nat": "per-zone", "flow_log_retention_days": 365},
    "delivery": "argocd",
    "infrastructure": "pipeline",
    "approval": True,
    "change_windows": [{"schedule": "0 9 * * 1-4", "hours": 8, "time_zone": "Europe/Berlin"}],
    "owners": ["north@plant.example"],
    "budget": {"monthly_amount": 700, "threshold_percents": [60, 90]},
    "audit_trail": {"retention_days": 400, "threat_detection": True},
    "notifications": {"slack": ["plant-north", "all_deployments"]},
    "tags": {"cost-center": "plant"},
    "components": {
        "worker": {"size": "medium", "replicas": {"min": 2, "max": 3}, "environment": {"LOG_LEVEL": "debug"}},
        "web": {"host": "www.plant.example", "path": "/shop", "replicas": {"min": 2, "max": 4},
                "rollout": {"steps": [{"weight": 25, "pause_seconds": 300}, {"weight": 50, "pause_seconds": 600}],
                            "analysis": {"burn_rate": 10.0, "interval_seconds": 30}}},
        "plugin": {"installed": True, "version": "1.2.4", "digest": f"sha256:{78:064x}", "values": {"colour": "blue"}},
        "keys": {"installed": True, "version": "v1.20.3", "digest": f"sha256:{80:064x}", "values": {"replicaCount": 3}},
        "agent": {"nodes": 5, "update": {"max_unavailable": 3}},
        "keeper": {"replicas": {"min": 3, "max": 3}, "update": {"partition": 2}},
        "queue": {"storage": "20Gi", "provider": "embedded", "backup_retention_days": 9, "size": "small",
                  "replicas": {"min": 3, "max": 3}},
        "cache": {"provider": "embedded", "max_memory_percent": 60},
        "books": {"provider": "managed", "version": "17", "cpu": 2, "memory": "8Gi", "storage": "50Gi",
                  "max_storage": "100Gi", "backup_retention_days": 7, "deletion_protection": True,
                  "read_replicas": 2, "password_version": 3},
        "objects": {"provider": "managed", "retention_days": 30, "replicate": True, "cool_after_days": 60,
                    "expire_after_days": 400},
    },
    "traffic": {"requests_per_second": 50, "body_size": "8Mi", "timeout_seconds": 60},
    "teams": {"bakers": {"group": "bakers", "role": "deploy", "components": ["worker"]}},
    "patches": {
        "host": {
            "kind": "Deployment",
            "name": "web",
            "operations": [
                {"op": "add", "path": "/spec/template/spec/hostname", "value": "plant"},
                {"op": "copy", "from": "/spec/template/spec/hostname", "path": "/spec/template/spec/subdomain"},
            ],
        },
    },
    "quota": {"cpu": "100", "memory": "500Gi", "memory_limit": "900Gi", "storage": "2Ti", "claims": 90, "pods": 500},
    "wired": {
        "target": "aws",
        "cluster_endpoint": "https://0123456789.gr7.eu-north-1.eks.amazonaws.com",
        "name_servers": ["ns-1.example"],
        "hosts": {"books": "books.example.rds.amazonaws.com"},
    },
}  # fmt: skip


_DNS = ["cert-manager", "external-dns"]
AZURE_GROUP = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/plant"


def scenarios() -> dict[str, tuple[Json, Json]]:
    """Return systems with an environment each, which together use every field."""
    gpus = {"gpus": 1, "machine_type": "g6.xlarge"}
    addons = {"gateway_api": True, "cilium": True, "cert_manager": False}
    gateway = _with(
        NORTH,
        {
            "components": {"worker": None, "web": None, "queue": None, "objects": None},
            "wired": None,
            "cluster": {"addons": addons, "ingress_class": None, "route_certificates": "gateway"},
            "teams": {"bakers": {"components": None}},
        },
    )
    local = _with(
        NORTH,
        {
            "target": "local", "infrastructure": "manual", "clouds": None, "wired": None, "network": None,
            "budget": None, "audit_trail": None,
            "components": {
                "books": {"provider": "embedded", "read_replicas": None, "password_version": None},
                "objects": {"provider": "embedded", "replicate": False, "cool_after_days": None,
                            "expire_after_days": None},
                "edge": {"placement": {"node_pool": None}}},
            "cluster": {"node_pools": None, "private_endpoint": False, "authorized_cidrs": None, "velero_store": None,
                        "route_certificates": None,
                        "addons": {"external_secrets": False, "cert_manager": False, "velero": False}},
        },
    ) | {"traffic": {"requests_per_second": None, "body_size": None, "timeout_seconds": 60}}  # fmt: skip
    previews = {"label": "preview", "host": "gitlab", "secret": "plant-requests", "images": "commit"}
    return {
        "aws": (SYSTEM, NORTH),
        "aws with machines by name": (
            SYSTEM,
            _with(NORTH, {"delivery": "helm", "change_windows": None, "disposable": True,
                          "components": {
                              "worker": {"cloud_access": [
                                  {"actions": ["sqs:SendMessage"],
                                   "resources": ["arn:aws:sqs:eu-north-1:444455556666:orders"]},
                                  {"actions": ["cloudwatch:PutMetricData"], "resources": ["*"],
                                   "reason": "The action is for all resources."}]},
                              "books": {"instance_type": "db.m7g.large", "deletion_protection": False,
                                        "restore_from": "arn:aws:rds:eu-north-1:444455556666:snapshot:books-final"},
                              "cache": {"provider": "managed", "version": "8.1", "memory": "3Gi", "password_version": 2,
                                        "max_memory_percent": None, "backup_retention_days": 3,
                                        "instance_type": "cache.m7g.large"}},
                          "clouds": {"aws": {"team_roles": {
                              "bakers": ["ovens/bakers", "arn:aws:iam::123456789012:role/bakers"]}}},
                          "network": {"secondary_cidr": "100.72.0.0/16", "peers": {
                              "data": {"network": "vpc-0a1b2c3d4e5f67890", "cidrs": ["10.90.0.0/16"],
                                       "dns_resolution": True},
                              "hub": {"network": "vpc-0b1b2c3d4e5f67891", "account": "123456789012",
                                      "region": "eu-west-1", "cidrs": ["10.99.0.0/24", "10.98.0.0/16"]}}},
                          "cluster": {
                              "private_endpoint": True, "authorized_cidrs": None, "operator_cidrs": ["10.99.0.0/24"],
                              "dns_programs": _DNS, "autoscaler": "karpenter",
                              "node_image": "1.49.0-713f44ce", "session_manager": True,
                              "load_balancer_controller": True,
                              "node_pools": {
                                  "general": {"machine_type": "m7g.4xlarge"},
                                  "gpu": {"cpu": 4, "memory": "16Gi", "min_nodes": 0, "max_nodes": 2, "spot": True,
                                          "spot_machine_types": ["g5.xlarge"], **gpus}}}}),
        ),
        "a store that takes backups alone": (
            _with(SYSTEM, {"components": {
                "worker": {"reaches": ["books", "mill", "web"]}, "web": {"reaches": ["books"]}}}),
            # A bus of one server, because three need three zones, and its region has no fourth.
            _with(NORTH, {"components": {"objects": {"lock_days": 7}, "queue": {"replicas": {"min": 1, "max": 1}}}}),
        ),
        "a database that is upgraded in a copy": (
            SYSTEM,
            _with(NORTH, {"clouds": {"aws": {"recovery_region": None}},
                          "cluster": {"velero_store": {"replicate": None}},
                          "components": {"objects": {"replicate": False},
                                         "books": {"blue_green": True, "read_replicas": None}}}),
        ),
        "a database on Aurora": (
            SYSTEM,
            _with(NORTH, {"clouds": {"aws": {"recovery_region": None}},
                          "cluster": {"velero_store": {"replicate": None}},
                          "components": {"objects": {"replicate": False},
                                         "books": {"aurora": True, "storage": None, "max_storage": None,
                                                   "iam_authentication": True}}}),
        ),
        "gateway": (SYSTEM, gateway),
        "gcp": (SYSTEM, _with(NORTH, {"target": "gcp", "wired": {"target": "gcp"},
            "budget": {"billing_account": "012345-567890-ABCDEF"}, "audit_trail": {"threat_detection": None},
            "components": {
            "worker": {"cloud_access": [
                {"role": "roles/pubsub.publisher", "resources": ["projects/plant-north/topics/orders"]},
                {"role": "roles/storage.objectViewer", "resources": ["projects/_/buckets/plant/objects/small/"]}]},
            "books": {"restore_from": "projects/plant-north/instances/plant-south-books/backupRuns/1700000000000",
                      "iam_authentication": True, "private_service_connect": True}},
            "network": {"ip_family": "dual", "peers": {"data": {"network": "projects/data-prod/global/networks/data",
                                           "cidrs": ["10.90.0.0/16"]}}},
            "cluster": {
            "private_endpoint": True, "authorized_cidrs": None, "operator_cidrs": ["10.99.0.0/24"],
            "maintenance_exclusions": {"holidays": {"first_day": "2026-12-18", "last_day": "2027-01-06"}},
            "dns_endpoint": True, "dns_programs": _DNS,
            "node_pools": {"general": {"machine_type": "c4a-standard-16"}, "gpu": {
                "cpu": 4, "memory": "16Gi", "min_nodes": 0, "max_nodes": 2, "gpus": 1, "gpu_type": "nvidia-l4",
                "machine_type": "g2-standard-4"}}}})),
        "stores that are there already": (SYSTEM, _with(NORTH, {"wired": None, "components": {
            "books": {"provider": "existing", "read_replicas": None, "password_version": None,
                      "existing": {"cidrs": ["10.9.0.0/24"], "port": 5433, "secret": "books"}},
            "objects": {"provider": "existing", "replicate": False, "cool_after_days": None,
                        "expire_after_days": None, "existing": {
                "cidrs": ["10.9.1.0/24"], "port": 9000, "secret": "objects", "endpoint": "https://s3.plant.example:9000",
                "bucket": "plant-files"}}}})),
        "a network, a cluster and a registry that are there already": (SYSTEM, _with(NORTH, {
            "target": "gcp", "wired": {"target": "gcp"}, "existing_registry": {},
            "budget": {"billing_account": "012345-567890-ABCDEF"}, "audit_trail": {"threat_detection": None},
            "network": {"zones": 4, "nat": None, "flow_log_retention_days": None, "pod_cidr": None, "existing": {
                "name": "shared", "private_subnets": ["nodes"], "public_subnets": ["proxies"],
                "database_subnets": ["services"], "project": "shared-host"}},
            "components": {"snapshots": {"installed": False}},
            "cluster": {"existing": {"name": "shared", "node_tag": "nodes"}, "authorized_cidrs": None, "mode": None,
                        "velero_store": None}})),
        "a network that is there already on Azure": (SYSTEM, _with(NORTH, {
            "target": "azure", "budget": {"start_month": "2026-12"}, "wired": {"target": "azure", "client_ids": {
                "worker": "44444444-4444-4444-8444-444444444444"}},
            "registry": "plant.azurecr.io", "existing_registry": {"resource_group": "shared"},
            "network": {"nat": None, "flow_log_retention_days": None, "pod_cidr": None, "existing": {
                "name": "shared", "private_subnets": ["nodes"], "database_subnets": ["databases"],
                "control_plane_subnet": "api", "resource_group": "shared"}}})),
        "a cluster that is there already on Azure": (SYSTEM, _with(NORTH, {
            "target": "azure", "budget": {"start_month": "2026-12"}, "wired": {"target": "azure", "client_ids": {
                "worker": "44444444-4444-4444-8444-444444444444"}},
            "network": {"nat": None, "flow_log_retention_days": None, "pod_cidr": None, "existing": {
                "name": "shared", "private_subnets": ["nodes"], "database_subnets": ["databases"],
                "resource_group": "shared"}},
            "components": {"snapshots": {"installed": False}},
            "cluster": {"existing": {"name": "shared", "resource_group": "shared"}, "authorized_cidrs": None,
                        "mode": None, "velero_store": None}})),
        "azure": (SYSTEM, _with(NORTH, {"target": "azure", "cluster": {"system_pool": "base", "dns_programs": _DNS},
            "budget": {"start_month": "2026-12"},
            "network": {"peers": {"data": {"network": f"{AZURE_GROUP}/providers/Microsoft.Network/virtualNetworks/data",
                                           "cidrs": ["10.90.0.0/16"]}}},
            "wired": {"target": "azure", "client_ids": {
            "worker": "44444444-4444-4444-8444-444444444444"}}, "components": {
            "worker": {"cloud_access": [{"role": "Storage Queue Data Message Sender", "resources": [
                f"{AZURE_GROUP}/providers/Microsoft.Storage/storageAccounts/plant/queueServices/default/queues/orders"
            ]}]},
            "books": {
                "restore_time": "2026-01-14T01:17:00Z", "restore_region": "swedensouth",
                "restore_from": "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/plant-south/"
                                "providers/Microsoft.DBforPostgreSQL/flexibleServers/plant-south-books"}}})),
        "local": (SYSTEM, local),
        "previews": (SYSTEM, _with(local, {"approval": False, "previews": previews})),
    }  # fmt: skip


def write(root: Path, system: Json, environment: Json) -> Project:
    """Write a project with one environment, `north`."""
    project = Project(root)
    (root / "files").mkdir(parents=True, exist_ok=True)
    for name in ("a.yml", "b.yml"):
        (root / "files" / name).write_text(f"name: {name}\n")
    project.write_system(_text(system))
    project.write_environment("north", _text(environment))
    return project


def _text(document: Json) -> str:
    return yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False)  # what is shared is written twice


def _with(base: Json, change: Json) -> Json:
    """Return `base` with `change` laid over it; None removes."""
    result = copy.deepcopy(base)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _with(result[key], value)
        else:
            result[key] = value
    return result
