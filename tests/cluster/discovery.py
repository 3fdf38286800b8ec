"""What clients ask before anything else: the groups, their resources, and the OpenAPI document of each."""

import json
from collections.abc import Sequence
from typing import Any

from cluster.protobuf import encode
from cluster.resources import Resource

Json = dict[str, Any]
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


def version(minor: int) -> Json:
    return {"major": "1", "minor": str(minor), "gitVersion": f"v1.{minor}.0", "platform": "linux/amd64"}


def core_versions() -> Json:
    return {"kind": "APIVersions", "versions": ["v1"]}


def groups(resources: Sequence[Resource]) -> Json:
    found = []
    for name in sorted({resource.group for resource in resources if resource.group}):
        versions = sorted({resource.version for resource in resources if resource.group == name})
        entries = [{"groupVersion": f"{name}/{one}", "version": one} for one in versions]
        found.append({"name": name, "versions": entries, "preferredVersion": entries[0]})
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}


def group_resources(resources: Sequence[Resource], api_version: str) -> Json | None:
    entries: list[Json] = []
    for resource in resources:
        if resource.api_version != api_version:
            continue
        entry = {
            "name": resource.plural,
            "singularName": resource.singular,
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": VERBS,
        }
        entries.append(entry)
        entries.append({**entry, "name": f"{resource.plural}/status", "verbs": ["get", "patch", "update"]})
    if not entries:
        return None
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": entries}


def openapi_v2(resources: Sequence[Resource]) -> bytes:
    """Say the same in the older document, which kubectl up to 1.27 reads, as Protocol Buffers.

    The field numbers are those of https://github.com/google/gnostic-models/blob/main/openapiv2/OpenAPIv2.proto.
    """
    paths = []
    for resource in resources:
        kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
        extension = encode((1, "x-kubernetes-group-version-kind"), (2, encode((2, json.dumps(kind)))))
        parameters = [encode((2, "query"), (4, name)) for name in ("dryRun", "fieldValidation")]
        operation = [(8, encode((1, encode((2, encode((3, one))))))) for one in parameters]
        patch = encode(*operation, (13, extension))
        middle = "namespaces/{namespace}/" if resource.namespaced else ""
        path = f"/{_place(resource)}/{middle}{resource.plural}/{{name}}"
        paths.append((2, encode((1, path), (2, encode((8, patch))))))
    return encode((1, "2.0"), (2, encode((1, "Kubernetes"), (2, "v1"))), (8, encode(*paths)))


def openapi_index(resources: Sequence[Resource]) -> Json:
    places = {_place(resource) for resource in resources}
    return {"paths": {place: {"serverRelativeURL": f"/openapi/v3/{place}"} for place in sorted(places)}}


def openapi(resources: Sequence[Resource], place: str) -> Json:
    """Say of each kind that the server validates its fields itself, so that clients need no schema."""
    paths = {}
    for resource in resources:
        if _place(resource) == place:
            middle = "namespaces/{namespace}/" if resource.namespaced else ""
            kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
            parameters = [
                {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("dryRun", "fieldValidation")
            ]
            patch = {
                "operationId": f"patch{resource.kind}",
                "parameters": parameters,
                "responses": {},
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": kind,
            }
            paths[f"/{place}/{middle}{resource.plural}/{{name}}"] = {"patch": patch}
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1"},
        "paths": paths,
        "components": {"schemas": {}},
    }


def _place(resource: Resource) -> str:
    return f"apis/{resource.api_version}" if resource.group else f"api/{resource.version}"
