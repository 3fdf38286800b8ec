"""Derive values from all objects of an environment when they are complete: pure functions.

The order: collect objects of every class (those of the model, and those that a project adds in Python); apply patches;
derive the Pod Security level, the quota, the limits and the alerts; apply patches of these four. Capacity is checked
last, so that it includes patches.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.errors import Problem, PropsError, nearest
from quantacirc_cdk.kubernetes.capacity import pod_groups
from quantacirc_cdk.kubernetes.config_map import CONFIG_HASH, content_hash
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.generated_secrets import SECRETS_JOB
from quantacirc_cdk.kubernetes.identity import label_value
from quantacirc_cdk.kubernetes.job import revision
from quantacirc_cdk.kubernetes.limit_defaults import with_defaults
from quantacirc_cdk.kubernetes.manifest import problems
from quantacirc_cdk.kubernetes.namespace import enforced
from quantacirc_cdk.kubernetes.patch import PatchError, merged, patched
from quantacirc_cdk.kubernetes.quota import limit_range_spec, quota_spec, usage
from quantacirc_cdk.kubernetes.retention import retention
from quantacirc_cdk.kubernetes.security import strictest_for
from quantacirc_cdk.kubernetes.sync_wave import sync_wave
from quantacirc_cdk.kubernetes.system.capacity import allowed, capacity_problems
from quantacirc_cdk.kubernetes.system.cloud import contract_problems
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.missing_keys import missing_keys
from quantacirc_cdk.kubernetes.system.missing_services import missing_services
from quantacirc_cdk.kubernetes.system.monitoring import system_rules
from quantacirc_cdk.limits.autopilot import autopilot_refusals
from quantacirc_cdk.limits.finished import finished_refusals
from quantacirc_cdk.limits.pod_spec import workload_refusals
from quantacirc_cdk.manifests import ADDED, PODS, cluster_scoped, fault_of, group_of, pod_template
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.patches import Patch
from quantacirc_cdk.model.problems import dotted, problem_at
from quantacirc_cdk.text.english import with_article

NAMESPACE, QUOTA, LIMITS, ALERTS = "cluster/namespace", "quota", "limits", "monitoring/rules"
"""Paths, below the chart, of the objects that are derived from all objects."""


def in_waves(kind: str, labels: Mapping[str, str]) -> Mapping[str, str]:
    """Return the annotations of an object for its sync wave and its retention."""
    wave = sync_wave(kind, labels.get("app.kubernetes.io/name", ""), secrets_job=SECRETS_JOB)
    return {**wave, **retention(kind)}


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """The objects of an environment that differ from those that the constructs created."""

    changed: Mapping[str, Data]
    """Changed objects by path."""
    hits: frozenset[str]
    """Patches of the system that matched an object in this environment."""


@dataclass
class _Work:
    context: Context
    chart: str
    objects: dict[str, Data]
    changed: dict[str, Data] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def put(self, path: str, item: Data) -> None:
        if item != self.objects[path]:
            self.objects[path] = self.changed[path] = item

    @property
    def inside(self) -> list[Data]:
        """The objects of the namespace, with its default resources; without those of other namespaces."""
        names = (None, self.context.namespace)
        found = (item for item in self.objects.values() if item["metadata"].get("namespace") in names)
        return with_defaults(found, self.context.default_resources)


def assemble(context: Context, chart: str, objects: Mapping[str, Data], own: frozenset[tuple[str, str]]) -> Assembly:
    """Return the final form of all objects of an environment, given by path; ``own`` are those of the model.

    ``chart`` is the path of the system's chart. Raises ``PropsError`` with every patch that does not fit, every
    duplicate object, every object that Kubernetes would refuse, and a quota or nodes that are too small.
    """
    work = _Work(context, chart, dict(objects))
    added = [path for path, item in objects.items() if (item["kind"], item["metadata"].get("name")) not in own]
    work.problems += _duplicates(objects)
    for path in added:
        work.problems += _faults(objects[path], path)
    if work.problems:
        raise PropsError(work.problems)
    for path in added:
        work.put(path, _joined(context, work.objects[path]))
    derived = {f"{chart}/{path}" for path in (NAMESPACE, QUOTA, LIMITS, ALERTS)}
    before = dict(work.objects)
    _add_pull_secrets(work)
    hits = _patch(work, [path for path in work.objects if path not in derived])
    if not work.problems:
        _hash_again(work, before)
        _derive(work)
    hits |= _patch(work, [path for path in work.objects if path in derived])
    work.problems += _missed(work, hits)
    if work.problems:
        raise PropsError(work.problems)
    found = [
        *capacity_problems(context, work.inside),
        *contract_problems(context, work.inside, chart),
        *missing_services(context, work.inside),
        *missing_keys(context, work.objects),
    ]
    if context.environment.cluster.mode == "autopilot":
        found += _of_autopilot(work)
    if found:
        raise PropsError(found)
    return Assembly(changed=work.changed, hits=frozenset(hits & context.system.patches.keys()))


def _of_autopilot(work: _Work) -> Iterator[Problem]:
    """Yield what Autopilot refuses: the model refuses it of components, so it comes from a patch or from Python."""
    for path, item in work.objects.items():
        template = pod_template(item)
        for what in autopilot_refusals(template.get("spec") or {}) if template else ():
            said = f"{item['kind']} {item['metadata']['name']}: {what}, which Autopilot refuses"
            yield Problem(key=path, what=said, expected="none, or `cluster.mode: standard`")


def _duplicates(objects: Mapping[str, Data]) -> Iterator[Problem]:
    """Yield objects of the same kind and name: their files would overwrite each other, even in two namespaces."""
    known: dict[tuple[str, str], str] = {}
    for path, item in objects.items():
        key = (item["kind"], item["metadata"].get("name", ""))
        if key in known:
            what = f'{key[0]} "{key[1]}" is also that of {known[key]}'
            yield Problem(key=path, what=what, expected="another kind or name for one of them")
        known.setdefault(key, path)


def _faults(item: Data, key: str) -> Iterator[Problem]:
    """Yield the reasons why Kubernetes, or this package, cannot read an object."""
    if fault := fault_of(item):
        yield Problem(key=key, what=fault)
        return
    metadata = item["metadata"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    fields = {name: value for name, value in item.items() if name != "metadata"}
    # Names of RBAC objects can be any path segment, such as system:auth-delegator.
    name = "any" if group_of(item) == "rbac.authorization.k8s.io" else metadata["name"]
    found = list(problems(name, labels, annotations, fields, kind=item["kind"]))
    found = found or list(finished_refusals(item))
    for what, expected in found:
        yield Problem(key=key, what=f"{item['kind']}: {what}", expected=expected)
    if not found:
        try:
            usage([item])
            template = pod_template(item)
            strictest_for([template] if template else [])
            for what, expected in workload_refusals(item, template) if template else ():
                yield Problem(key=key, what=f"{item['kind']}: {what}", expected=expected)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            what = f"{with_article(item['kind'])} that Kubernetes refuses: {type(error).__name__}: {error}"
            yield Problem(key=key, what=what, expected="fields of its API")


def _joined(context: Context, item: Data) -> Data:
    """Return an object that a project adds, with the labels and annotations that make it a part of the system."""
    metadata = item["metadata"]
    name = label_value(metadata["name"])
    labels = {**context.identity(name, "added").labels, **(metadata.get("labels") or {})}
    annotations = {ADDED: "true", **in_waves(item["kind"], labels), **(metadata.get("annotations") or {})}
    if item["kind"] == "NetworkPolicy":  # The API's default: all pods of the namespace.
        item = {**item, "spec": {"podSelector": {}, **(item.get("spec") or {})}}
    found = {**metadata, "annotations": annotations, "labels": labels}
    if cluster_scoped(item):
        found.pop("namespace", None)  # A cdk8s chart adds its labels to each object.
    else:
        found.setdefault("namespace", context.namespace)
    return {**item, "metadata": found}


def _patch(work: _Work, paths: Sequence[str]) -> set[str]:
    """Apply all patches to these objects. Return the names of the patches that matched; the names of an environment's
    start with a dot.
    """
    context, hits = work.context, set()
    for title, patch, place, root in _patches(context):
        targets = [path for path in paths if _is_target(work.objects[path], patch)]
        for path in targets:
            try:
                item = patched(work.objects[path], patch)
            except PatchError as error:
                what = f"{error.what} of {patch.kind} {patch.name} in {context.environment.name}"
                work.problems.append(_problem(context, root, (*place, *error.place), what, error.expected))
                continue
            for fault in (*_renamed(work.objects[path], item), *_faults(item, path)):
                what = f"{patch.kind} {patch.name} in {context.environment.name} becomes invalid: {fault.what}"
                work.problems.append(_problem(context, root, place, what, fault.expected))
            work.put(path, item)
        if targets:
            hits.add(title)
    return hits


def _renamed(before: Data, after: Data) -> Iterator[Problem]:
    """Yield a change of an object's kind, name or namespace, which its file and its references depend on."""
    for key in ("name", "namespace"):
        if after.get("kind") != before["kind"] or (after.get("metadata") or {}).get(key) != before["metadata"].get(key):
            yield Problem(what="it has another kind, name or namespace", expected="an object added in Python")
            return


def _patches(context: Context) -> Iterator[tuple[str, Patch, Place, Node | None]]:
    """Yield the patches in order: name, patch, place and document. The names of an environment's patches start with a
    dot.
    """
    name = context.environment.name
    for title, patch in context.system.patches.items():
        if not patch.environments or name in patch.environments:
            yield title, patch, ("patches", title), context.system_source
    for title, own in context.environment.patches.items():
        yield f".{title}", own, ("patches", title), context.source


def _is_target(item: Data, patch: Patch) -> bool:
    if item["kind"] != patch.kind:
        return False
    name = item["metadata"]["name"]
    hashed = item["kind"] == "Job" and re.fullmatch(f"{re.escape(patch.name)}-[0-9a-f]{{8}}", name)
    return bool(name == patch.name or hashed)


def _missed(work: _Work, hits: set[str]) -> Iterator[Problem]:
    """Yield the patches that match no object. A patch of the system may match in another environment."""
    context = work.context
    for title, patch, place, root in _patches(context):
        if title in hits or (not title.startswith(".") and not context.system.patches[title].environments):
            continue
        yield _miss(context, patch, place, root, work.objects.values(), f"in {context.environment.name}")


def missed_everywhere(context: Context, title: str, objects: Iterable[Data]) -> Problem:
    """Return the problem of a patch of the system that matches no object in any environment."""
    patch, root = context.system.patches[title], context.system_source
    return _miss(context, patch, ("patches", title), root, objects, "in any environment")


def _miss(
    context: Context, patch: Patch, place: Place, root: Node | None, objects: Iterable[Data], where: str
) -> Problem:
    kinds: dict[str, set[str]] = {}
    for item in objects:
        kinds.setdefault(item["kind"], set()).add(item["metadata"]["name"])
    if patch.kind not in kinds:
        return _problem(
            context, root, (*place, "kind"), f"no object of kind {patch.kind} {where}", nearest(patch.kind, kinds)
        )
    expected = nearest(patch.name, kinds[patch.kind])
    return _problem(context, root, (*place, "name"), f'no {patch.kind} "{patch.name}" {where}', expected)


def _problem(context: Context, root: Node | None, place: Place, what: str, expected: str) -> Problem:
    if root is None:
        return Problem(key=f"{context.environment.name}.{dotted(place)}", what=what, expected=expected)
    return problem_at(root, place, what, expected)


def _add_pull_secrets(work: _Work) -> None:
    """Add the environment's pull secrets to all pods of the namespace, after their own. A name occurs once, because
    it is the key of the list (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
    """
    context, shared = work.context, list(dict.fromkeys(work.context.environment.pull_secrets))
    for path, item in list(work.objects.items()) if shared else ():
        if item["kind"] in PODS and item["metadata"].get("namespace") in (None, context.namespace):
            own = ((pod_template(item) or {}).get("spec") or {}).get("imagePullSecrets") or ()
            found = [*(one for one in own if one.get("name") not in shared), *({"name": name} for name in shared)]
            work.put(path, _in_pods(item, {"spec": {"imagePullSecrets": found}}))


def _hash_again(work: _Work, before: Mapping[str, Data]) -> None:
    """Update the hashes after patches: a patched ConfigMap rolls its pods, and a patched Job gets another name."""
    if work.objects == before:
        return
    hashes = {
        content_hash(item.get("data", {})): content_hash(work.objects[path].get("data", {}))
        for path, item in before.items()
        if item["kind"] == "ConfigMap"
    }
    for path, item in list(work.objects.items()):
        template = pod_template(item)
        annotations = (template or {}).get("metadata", {}).get("annotations", {})
        stated = annotations.get(CONFIG_HASH)
        if stated in hashes and hashes[stated] != stated:
            work.put(path, _with_hash(item, hashes[stated]))
        name, old = item["metadata"]["name"], before[path]
        for was, now in hashes.items() if item["kind"] == "Job" else ():
            if name.endswith(f"-{revision(old['spec'], was)}"):
                title = f"{name[:-9]}-{revision(item['spec'], now)}"
                work.put(path, {**item, "metadata": {**item["metadata"], "name": title}})
                break


def _with_hash(item: Data, found: str) -> Data:
    return _in_pods(item, {"metadata": {"annotations": {CONFIG_HASH: found}}})


def _in_pods(item: Data, merge: Data) -> Data:
    """Return an object with this merge patch applied to its pod template."""
    for step in reversed(PODS[item["kind"]]):
        merge = {step: merge}
    made: Data = merged(item, merge)
    return made


def _derive(work: _Work) -> None:
    """Derive the quota, the limits, the Pod Security level and the alerts from the objects of the namespace."""
    context, inside = work.context, work.inside
    level = strictest_for([template for template in map(pod_template, inside) if template])
    path = f"{work.chart}/{NAMESPACE}"
    work.put(path, enforced(work.objects[path], level))
    most = max((group.memory_limit for group in pod_groups(inside)), default=0)
    specs = {
        QUOTA: quota_spec(allowed(context, inside)),
        LIMITS: limit_range_spec(context.default_resources, most_memory=most),
    }
    for name, spec in specs.items():
        path = f"{work.chart}/{name}"
        work.put(path, {**work.objects[path], "spec": spec})
    path = f"{work.chart}/{ALERTS}"
    if path in work.objects:
        work.put(path, {**work.objects[path], "spec": system_rules(context, inside)})
