"""Kubernetes objects against the API's own schemas, unknown fields refused."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from support.kubernetes.manifests import Object

SCHEMAS = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
OLDEST = "1.27"
NEWEST = kubernetes_validate.latest_version().rsplit(".", 1)[0]
VERSIONS = [f"1.{minor}" for minor in range(int(OLDEST.split(".")[1]), int(NEWEST.split(".")[1]) + 1)]
CORE = {"v1", "apps/v1", "batch/v1", "autoscaling/v2", "policy/v1", "networking.k8s.io/v1", "scheduling.k8s.io/v1"}
CORE |= {"rbac.authorization.k8s.io/v1", "storage.k8s.io/v1"}


def errors(item: Object, version: str) -> Iterator[str]:
    """Yield every way in which a Kubernetes object itself breaks the API of a minor version."""
    name = f"{item['kind']} {item['metadata']['name']}"
    for error in _validator(version, item["apiVersion"], item["kind"]).iter_errors(item):
        yield f"{name}: {error.json_path}: {error.message[:200]}"


@cache
def _validator(version: str, api_version: str, kind: str) -> Draft4Validator:
    group, _, minor = api_version.rpartition("/")
    parts = [kind.lower(), group.split(".")[0], minor]
    file = "-".join(part for part in parts if part) + ".json"
    schema = json.loads((SCHEMAS / f"v{version}.0-local-strict" / file).read_text())
    return Draft4Validator(schema, registry=_registry(version))


@cache
def _registry(version: str) -> Registry[Any]:
    definitions = json.loads((SCHEMAS / f"v{version}.0-local-strict" / "_definitions.json").read_text())
    resource = Resource(contents=definitions, specification=DRAFT4)
    return Registry().with_resources([("/api/_definitions.json", resource)])
