"""Read the objects of manifests, for the chart, the Compose file, the reports and the diff."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.handover import take
from quantacirc_cdk.kubernetes_yaml import Loader
from quantacirc_cdk.reading import read_file
from quantacirc_cdk.text.english import with_article

Data = dict[str, Any]
"""A Kubernetes object, as in YAML."""

NODES = "quantacirc-cdk/nodes"
"""Annotation of a DaemonSet: maximum number of nodes that it runs on."""

REPLICAS_MANAGER = "quantacirc-cdk-replicas"
"""Field manager that owns the number of pods while an autoscaler takes it over from a release."""

POD_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
}
"""Path of the pod template in each kind that components consist of."""

PODS: Mapping[str, tuple[str, ...]] = {
    **POD_TEMPLATES,
    "Pod": (),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
}
"""Path of the pod template in each kind that runs pods; a Pod is its own."""


DASHBOARD = "grafana_dashboard"
"""Label by which the sidecar of Grafana finds the ConfigMaps of dashboards: the default of its Helm chart."""
ADDED = "quantacirc-cdk/added"
"""Annotation of an object that a project adds in Python, and that belongs to no component of the model."""


def is_added(item: Data) -> bool:
    """Return whether a project adds an object."""
    return ADDED in (item["metadata"].get("annotations") or {})


_CLUSTER_KINDS = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "GatewayClass",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    }
)
"""Built-in kinds without a namespace: ``kubectl api-resources --namespaced=false``."""


def group_of(item: Data) -> str:
    """Return the API group of an object; "" for the core group."""
    return str(item["apiVersion"]).rpartition("/")[0]


def is_built_in(group: str) -> bool:
    """Return whether an API group is part of Kubernetes."""
    installed = group.startswith(("gateway.", "snapshot."))
    return "." not in group or (group.endswith(".k8s.io") and not installed)


def cluster_scoped(item: Data) -> bool:
    """Return whether an object has no namespace.

    Only the definition of a custom resource says this. By convention, the kind begins with ``Cluster``, as in
    ``ClusterIssuer``. Otherwise, an object without a namespace counts as cluster-scoped.
    """
    group, kind = group_of(item), item["kind"]
    if kind in _CLUSTER_KINDS:
        return True
    if "." not in group or group.endswith(".k8s.io"):
        return False
    return bool(re.match(r"Cluster[A-Z]", kind)) or not item["metadata"].get("namespace")


_ALIAS = re.compile(rb"(?:^|[\s\[{,:-])\*[^\s,\[\]{}]", re.MULTILINE)

MAX_BYTES = 50_000_000
"""Maximum size of a manifest file in bytes."""
MAX_VALUES = 400_000
"""Maximum number of values in a text; a YAML parser needs about a kilobyte for each."""


def documents(text: str | bytes) -> list[Any]:
    """Return the documents of a YAML text that are not empty, as Kubernetes reads them.

    Raises ``yaml.YAMLError`` for invalid YAML, and for a text that is too large or too deeply nested for the memory: a
    few lines with aliases can expand to any number of values.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if sum(data.count(sign) for sign in (b"\n", b",", b"[", b"{")) > MAX_VALUES:
        raise yaml.YAMLError(f"more than {MAX_VALUES:,} values")
    try:
        if _ALIAS.search(data) and _written_out(data) > MAX_VALUES:
            raise yaml.YAMLError(f"more than {MAX_VALUES:,} values, with its aliases written out")
        return [item for item in yaml.load_all(data, Loader=Loader) if item is not None]
    except RecursionError:
        raise yaml.YAMLError("nested too deeply") from None


def _written_out(data: bytes) -> int:
    """Return the number of values of a YAML text after the expansion of aliases."""
    sizes: dict[str, int] = {}
    unfinished: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(data, Loader=Loader):
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            endless = any(name == event.anchor for name, _ in unfinished)
            total += MAX_VALUES if endless else sizes.get(str(event.anchor), 1)
        elif isinstance(event, yaml.NodeEvent):
            total += 1
            if isinstance(event, yaml.CollectionStartEvent):
                unfinished.append((anchor, total))
        elif isinstance(event, yaml.CollectionEndEvent):
            name, before = unfinished.pop()
            if name is not None:
                sizes[name] = 1 + total - before
    return total


class _Parts:
    """The values in JSON texts, each once in memory.

    The objects of several environments have most of them in common, and components have many, too.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._numbers: dict[str, int | float] = {}
        self._parts: dict[tuple[Any, ...], Any] = {}

    def mapping(self, pairs: list[tuple[str, Any]]) -> Data:
        """Return a mapping of these entries, in their order."""
        found = {key: self._part(item) for key, item in pairs}
        part: Data = self._parts.setdefault((*found, *map(id, found.values())), found)
        return part

    def _part(self, item: Any) -> Any:
        if isinstance(item, str):
            return self._texts.setdefault(item, item)
        if isinstance(item, list):
            found = [self._part(each) for each in item]
            return self._parts.setdefault((None, *map(id, found)), found)
        if isinstance(item, int | float):
            return self._numbers.setdefault(repr(item), item)
        return item


SHARED_FROM = 2_000_000
"""Characters of an environment's objects in JSON, from which equal parts are searched: it takes as long as reading."""


def read_environments(folder: Path, names: Iterable[str]) -> dict[str, list[Data]]:
    """Return the objects in ``folder/<environment>`` for several environments, as ``read_objects`` does.

    Equal parts of them can be one value, so do not change them.
    """
    parts = _Parts()
    return {name: read_objects(folder / name, parts) for name in names}


def read_objects(folder: Path, parts: _Parts | None = None) -> list[Data]:
    """Return the objects in the files of ``folder``, sorted by file.

    During a run, it returns the objects that are about to be written: reading JSON takes a tenth of the time, and does
    not wait for the files. Raises as ``read_files``.
    """
    handed = take(folder.parent.parent, f"{folder.parent.name}.{folder.name}.json")
    if handed is not None:
        share = parts.mapping if parts and len(handed) > SHARED_FROM else None
        objects: Mapping[str, Data] = json.loads(handed, object_pairs_hook=share)
        return [objects[name] for name in sorted(objects)]
    return read_files(sorted(folder.glob("*.yaml")))


def read_files(paths: Iterable[Path]) -> list[Data]:
    """Return the objects in YAML files. Raises ``ModelError`` with every file that has other content."""
    found: list[Data] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            text = read_file(path, str(path), expected="Kubernetes objects in YAML", limit=MAX_BYTES)
            items = [one for item in documents(text) for one in items_of(item)]
        except ModelError as error:
            problems += error.problems
        except yaml.YAMLError as error:
            problems.append(problem_of(error, str(path)))
        else:
            problems += (Problem(file=str(path), line=1, what=what) for item in items if (what := fault_of(item)))
            found += items
    if problems:
        raise ModelError(problems)
    return found


def problem_of(error: yaml.YAMLError, file: str, side: str = "") -> Problem:
    """Return the problem of a file that cannot be read as YAML; ``side`` is the side of a comparison."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    where = f" in {side}" if side else ""
    kind = "not YAML of Kubernetes" if isinstance(error, ConstructorError) else "not YAML"
    return Problem(file=file, line=mark.line + 1 if mark else 1, what=f"{kind}{where}: {what}")


def items_of(item: Any) -> list[Any]:
    """Return the objects in a List; another document is returned as the only one."""
    listed = (
        isinstance(item, Mapping)
        and str(item.get("kind")).endswith("List")
        and "name" not in (item.get("metadata") or {})
    )
    return item["items"] if listed and isinstance(item.get("items"), list) else [item]


def fault_of(item: Any) -> str:
    """Return why a document is not a Kubernetes object; "" if it is one."""
    if not isinstance(item, dict):
        return "not a Kubernetes object: it is not a mapping"
    metadata = item.get("metadata")
    named = isinstance(metadata, dict) and isinstance(metadata.get("name"), str)
    if not named or not isinstance(item.get("kind"), str):
        return "not a Kubernetes object: it lacks kind or metadata.name"
    if item["kind"] in PODS:
        pod: Any = item
        for step in (*PODS[item["kind"]], "spec"):
            pod = pod.get(step) if isinstance(pod, dict) else None
        containers = pod.get("containers") if isinstance(pod, dict) else None
        if not isinstance(containers, list) or not all(isinstance(one, dict) and "name" in one for one in containers):
            return f"not {with_article(item['kind'])}: it has no pod template with containers"
        for one in containers:
            if not isinstance(one.get("image"), str):
                return f"not {with_article(item['kind'])}: its container {one['name']} has no image"
    return ""


def pod_template(item: Data) -> Data | None:
    """Return the pod template of an object; None if it has none."""
    if item["kind"] not in PODS:
        return None
    node: Any = item
    for step in PODS[item["kind"]]:
        node = node[step]
    found: Data = node
    return found


def running_together(spec: Data) -> Iterator[list[Data]]:
    """Yield the groups of containers of a pod that run at the same time: each init container with the sidecars that
    started before it, and at last the sidecars with the containers
    (https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers).
    """
    sidecars: list[Data] = []
    for container in spec.get("initContainers") or ():
        yield [*sidecars, container]
        if container.get("restartPolicy") == "Always":
            sidecars.append(container)
    yield [*sidecars, *(spec.get("containers") or ())]


def raw_json(data: Mapping[str, Any]) -> str:
    """Return JSON in the format of Helm's ``toRawJson``, so that a chart computes the same hashes."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")  # Go always escapes these two characters.
