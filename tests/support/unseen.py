"""A project that shares no name with this one: 25 components of every kind, environments of other names."""

from pathlib import Path
from typing import Any

import yaml

from support.project import Project

Json = dict[str, Any]


def unseen_system(count: int) -> str:
    """Return a system of ``count`` components of every kind, with names and subjects of its own."""
    components: Json = {
        "queue": {"kind": "nats", "image": "nats", "storage": {"size": "1Gi", "path": "/data"}},
        "books": {"kind": "postgresql", "image": "pg", "storage": {"size": "1Gi", "path": "/pg"}},
        "files": {"kind": "object-store", "image": "s3", "storage": {"size": "1Gi", "path": "/s3"}},
        "nightly": {"kind": "job", "image": "app", "schedule": "0 3 * * *", "reaches": ["books"]},
        "by-hand": {"kind": "job", "image": "app"},
        "watcher": {"kind": "monitor", "image": "app", "api_access": True},
    }
    for index in range(count - len(components)):
        components[f"unit-{index}"] = {
            "kind": "worker" if index % 2 else "service",
            "image": "app",
            "consumes": [f"plant.work.{index}"],
            "publishes": ["plant.done"],
            "reaches": ["books", "files"] + ([f"unit-{index - 1}"] if index else []),
            "ports": [{"name": "grpc", "port": 50051}],
            "exposed": index == 0,
        }
    third_party = {"registry": "docker.io", "repository": "library/x", "tag": "1"}
    system = {
        "name": "plant",
        "source": {"repository": "https://git.plant.example/plant.git", "branch": "trunk"},
        "container": {
            "environment_prefix": "PLANT_",
            "http_port": 8080,
            "metrics_port": 9090,
            "startup_path": "/startupz",
            "liveness_path": "/livez",
            "readiness_path": "/readyz",
        },
        "sizes": {"small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}},
        "images": {"app": {"repository": "app"}, **{name: dict(third_party) for name in ("nats", "pg", "s3")}},
        "components": components,
    }
    return yaml.safe_dump(system)


CLOUD = """\
description: The plant in the north.
target: aws
clouds:
  aws:
    account: "444455556666"
    region: eu-north-1
    recovery_region: eu-west-3
    state: { bucket: plant-north-state }
  gcp:
    account: plant-north
    region: europe-north1
    recovery_region: europe-west1
    state: { bucket: plant-north-state }
  azure:
    account: 44444444-4444-4444-8444-444444444444
    region: swedencentral
    recovery_region: swedensouth
    state: { bucket: plantnorthstate, resource_group: plant-north-state }
domain: north.plant.example
registry: registry.plant.example/plant
release: { version: 3.2.1 }
replicas: { min: 2, max: 3 }
high_availability: true
cluster:
  kubernetes_version: "1.33"
  context: plant-north
  private_endpoint: true
  node_pools:
    workers: { cpu: 8, memory: 32Gi, min_nodes: 3, max_nodes: 9 }
  addons: { keda: true, cert_manager: true, external_secrets: true, prometheus_operator: true }
network: { cidr: 10.77.0.0/16, zones: 3, nat: per-zone }
components:
  books: { cpu: 2, memory: 8Gi, storage: 50Gi, max_storage: 100Gi, backup_retention_days: 7 }
  files: { retention_days: 30 }
owners: [north@plant.example]
"""

BENCH = """\
extends: north
description: A bench in the workshop.
target: local
clouds: null
domain: bench.plant.example
registry: localhost:5000/plant
replicas: { min: 1, max: 1 }
high_availability: false
cluster: { context: kind-plant, private_endpoint: false, node_pools: null, addons: null }
network: null
components:
  books: { provider: embedded }
  files: { provider: embedded }
"""


def unseen_project(root: Path, count: int = 25) -> Project:
    """Return a project with ``count`` components and the environments ``north`` (a cloud) and ``bench`` (a laptop)."""
    project = Project(root)
    project.write_system(unseen_system(count))
    project.write_environment("north", CLOUD)
    project.write_environment("bench", BENCH)
    return project
