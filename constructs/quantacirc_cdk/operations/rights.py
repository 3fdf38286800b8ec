"""What a deployer must be allowed: derived from the objects of the release, printed as roles, and asked of the API."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from quantacirc_cdk.manifests import cluster_scoped, documents, group_of
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError, UnreachableError, failure
from quantacirc_cdk.reading import read_file

Json = dict[str, Any]

PLATFORM = {
    "Namespace": "namespace.create",
    "PriorityClass": "priorityClasses.create",
    "StorageClass": "storageClass.create",
    "ResourceQuota": "resourceQuota.create",
    "LimitRange": "limitRange.create",
}
"""Kinds that only a cluster administrator may manage, and the chart value that leaves out each."""
CHANGES = ("create", "delete", "get", "patch")
"""What helm does with each kind of a release; it deletes what a later revision no longer has."""
_LOOKS = ("get", "list", "watch")


@dataclass(frozen=True, order=True)
class Right:
    """Something that one may do with the objects of a kind."""

    namespace: str
    """Empty for objects in no namespace."""
    group: str
    resource: str
    """Plural of the kind, perhaps with a part of it: ``pods/proxy``."""
    verb: str

    @property
    def title(self) -> str:
        """The resource as ``kubectl auth can-i`` takes it."""
        return f"{self.resource}.{self.group}" if self.group else self.resource


_OWN: Mapping[tuple[str, str], Sequence[str]] = {
    ("", "configmaps"): ("create", "get", "patch"),  # who deployed what
    ("", "events"): ("list",),  # why pods are refused
    ("", "limitranges"): ("list",),
    ("", "persistentvolumeclaims"): ("get", "list"),
    ("", "pods"): _LOOKS,
    ("", "pods/proxy"): ("get",),  # the monitoring port of a bus
    ("", "resourcequotas"): ("get", "list"),
    ("", "secrets"): ("create", "delete", "get", "list", "patch", "update"),  # helm's records
    ("", "services"): _LOOKS,
    ("apps", "daemonsets"): _LOOKS,
    ("apps", "deployments"): _LOOKS,
    ("apps", "statefulsets"): _LOOKS,
    ("batch", "cronjobs"): _LOOKS,
    ("batch", "jobs"): _LOOKS,
    ("coordination.k8s.io", "leases"): ("create", "delete", "get"),  # one deployment at a time
    ("discovery.k8s.io", "endpointslices"): _LOOKS,
}
"""What deploying, rolling back and looking need in the release's namespace besides its objects."""


def needed(objects: Sequence[Json], namespace: str, served: Mapping[tuple[str, str], str] | None = None) -> list[Right]:
    """Return the permissions that a deployment of these objects requires, sorted.

    ``served`` has the names of kinds in paths where a cluster says them, ``Kubectl.served``.
    """
    names = {**(served or {}), **defined(objects)}
    found = {Right(namespace, *kind, verb) for kind, verbs in _OWN.items() for verb in verbs}
    for item in objects:
        place = "" if cluster_scoped(item) else item["metadata"].get("namespace") or namespace
        resource = names.get((item["apiVersion"], item["kind"])) or plural(item["kind"])
        found |= {Right(place, group_of(item), resource, verb) for verb in CHANGES}
        if item["kind"] == "Rollout":
            found |= {Right(place, group_of(item), resource, verb) for verb in _LOOKS}
        found |= set(_granted(item, place))
    return sorted(found)


def roles(rights: Sequence[Right], name: str) -> list[Json]:
    """Return a Role for each namespace, and a ClusterRole for what is in none."""
    found = []
    for namespace, some in groupby(sorted(rights), key=lambda right: right.namespace):
        verbs: dict[tuple[str, str], list[str]] = {}
        for right in some:
            verbs.setdefault((right.group, right.resource), []).append(right.verb)
        rules: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for (group, resource), allowed in verbs.items():
            rules.setdefault((group, tuple(allowed)), []).append(resource)
        metadata = {"name": f"{name}-deployer", **({"namespace": namespace} if namespace else {})}
        found.append(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "Role" if namespace else "ClusterRole",
                "metadata": metadata,
                "rules": [
                    {"apiGroups": [group], "resources": resources, "verbs": list(allowed)}
                    for (group, allowed), resources in rules.items()
                ],
            }
        )
    return found


def missing(kubectl: Kubectl, rights: Sequence[Right]) -> list[Right]:
    """Return those of the rights that the API says one does not have; changes nothing.

    Raises an ``OperationError`` where the API does not say.
    """
    reviews = [
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {
                "resourceAttributes": {
                    "group": right.group, "resource": right.resource.partition("/")[0],
                    "subresource": right.resource.partition("/")[2], "namespace": right.namespace, "verb": right.verb,
                }
            },
        }
        for right in rights
    ]  # fmt: skip
    text = "".join(f"---\n{json.dumps(review)}\n" for review in reviews)
    line = 'jsonpath={.status.allowed}{"\\n"}'
    done = kubectl.call("create", "--filename", "-", "--output", line, input=text, seconds=180)
    answers = done.out.split()
    if len(answers) != len(rights):
        raise failure(done, kubectl.target)
    return [right for right, allowed in zip(rights, answers, strict=True) if allowed != "true"]


def problems(kubectl: Kubectl, objects: Sequence[Json], *, namespace_there: bool) -> tuple[list[str], list[str]]:
    """Return what one may not do that a deployment of these objects needs, and what could not be asked."""
    own = kubectl.target.namespace
    try:
        rights = needed(objects, own, kubectl.served)
        # Without these, a deployment says that it did not check the LimitRanges, and not why a pod is refused.
        rights = [one for one in rights if one.resource not in ("events", "limitranges")]
        if namespace_there:  # it is not created then
            rights = [one for one in rights if (one.resource, one.verb) != ("namespaces", "create")]
        lacking = missing(kubectl, rights)
    except UnreachableError:
        raise
    except OperationError as error:
        return [], [f"rights were not checked: {error}"]
    kinds = {plural(kind): kind for kind in PLATFORM}
    found = []
    for (namespace, title), some in groupby(lacking, key=lambda right: (right.namespace, right.title)):
        rest = list(some)
        where = f" in {namespace}" if namespace else ""
        hint = "; --without-platform leaves them to the cluster administrator" if rest[0].resource in kinds else ""
        found.append(f"you may not {', '.join(one.verb for one in rest)} {title}{where}{hint}")
    return found, []


def left_out(chart: Path) -> list[str]:
    """Return the values of a chart by which it leaves out the platform's objects."""
    file = chart / "values.yaml"
    values: Json = next(iter(documents(read_file(file, file.name, expected="the chart"))), {}) if file.is_file() else {}
    return [path for path in PLATFORM.values() if "create" in (values.get(path.partition(".")[0]) or {})]


def defined(objects: Iterable[Json]) -> dict[tuple[str, str], str]:
    """Return the names in paths of the kinds that these objects define."""
    return {
        (f"{item['spec']['group']}/{version['name']}", item["spec"]["names"]["kind"]): item["spec"]["names"]["plural"]
        for item in objects
        if item["kind"] == "CustomResourceDefinition"
        for version in item["spec"]["versions"]
    }


def plural(kind: str) -> str:
    """Return the name that a kind has in paths of the API by rule; a cluster knows the exceptions, ``endpoints``."""
    name = kind.lower()
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch")) else f"{name}s"


def _granted(item: Json, place: str) -> Iterator[Right]:
    """Yield what a role of the release grants: the API lets nobody grant what they may not do themselves."""
    if item["kind"] in ("Role", "ClusterRole"):
        for rule in item.get("rules") or []:
            for group in rule.get("apiGroups") or []:
                for resource in rule.get("resources") or []:
                    yield from (Right(place, group, resource, verb) for verb in rule["verbs"])
