"""Compare what a cluster serves with what the manifests of an environment need. Read-only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from quantacirc_cdk.doctor.defaults import defaults
from quantacirc_cdk.doctor.finding import Finding
from quantacirc_cdk.doctor.name_servers import name_servers
from quantacirc_cdk.doctor.program import Status
from quantacirc_cdk.doctor.requirements import Reference, Requirements, requirements
from quantacirc_cdk.doctor.tracking import tracking
from quantacirc_cdk.given import Given, Need, given
from quantacirc_cdk.operations import discovery
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError, failure
from quantacirc_cdk.operations.operators import Operator, operator_of
from quantacirc_cdk.operations.settings import Target

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """An environment's cluster, and the objects that it must serve."""

    target: Target
    objects: Sequence[Json]
    synced: bool = False
    """Whether Argo CD applies them."""

    def brings(self, operator: Operator | None) -> str:
        """Return the component that installs an operator before the system; empty if none does."""
        charts = (chart.name for chart in self.target.charts if operator and operator.name in chart.provides)
        return next(charts, "")


def compare(platform: Platform) -> list[Finding]:
    """Return a finding for each required kind, metrics API and named object, and for what you create.

    If the cluster does not respond or refuses the credentials, return a single finding.
    """
    kubectl = Kubectl(platform.target)
    wanted = requirements(platform.objects, platform.target.namespace)
    try:
        served = discovery.versions(kubectl)
        asked = {api for api, _ in wanted.kinds} | {one.api_version for one in wanted.objects}
        asked |= {f"{group}/{served[group][0]}" for group in wanted.metrics if served.get(group)}
        known = {api for api in asked if api.rpartition("/")[2] in served.get(api.rpartition("/")[0], ())}
        kinds = discovery.kinds(kubectl, known)
        paths = {one: path for one in wanted.objects if (path := _path(one, kinds))}
        names = discovery.names(kubectl, paths.values())
    except OperationError as error:
        get = f"kubectl --context {platform.target.context} cluster-info"
        return [Finding(name="cluster", status=Status.BROKEN, note=str(error), get=get)]
    return [
        *_kinds(platform, wanted, served, kinds),
        *_metrics(wanted, served, kinds),
        *(_named(one, users, paths.get(one), names) for one, users in wanted.objects.items()),
        *defaults(kubectl, wanted),
        *name_servers(kubectl, platform.objects),
        *(tracking(kubectl) if platform.synced else ()),
        *_given(kubectl, given(platform.objects, platform.target.namespace)),
    ]


def _kinds(
    platform: Platform, wanted: Requirements, served: Mapping[str, list[str]], kinds: Mapping[str, dict[str, str] | str]
) -> Iterator[Finding]:
    for (api_version, kind), users in wanted.kinds.items():
        group, _, version = api_version.rpartition("/")
        name, found = f"{kind} ({api_version})", kinds.get(api_version)
        if isinstance(found, str):
            yield _silent(name, found, group, kind, users)
        elif found is not None and kind in found:
            yield Finding(name=name, status=Status.OK, needed_by=users)
        elif found is not None:
            note = f"the cluster serves {api_version} without this kind"
            yield _missing(name, note, f"a release with this kind of {_operator(group, kind)}", users)
        elif served.get(group):
            note = f"the cluster serves only {', '.join(served[group])} of {group}"
            yield _missing(name, note, f"a release with {version} of {_operator(group, kind)}", users)
        elif component := platform.brings(operator_of(group, kind)):
            get = f"deploy {platform.target.environment}: its component {component} installs it before the system"
            yield Finding(name=name, status=Status.MISSING, get=get, counts=False, needed_by=users)
        else:
            yield _missing(name, "", f"{_operator(group, kind)}{_component_for(group, kind)}", users)


def _metrics(
    wanted: Requirements, served: Mapping[str, list[str]], kinds: Mapping[str, dict[str, str] | str]
) -> Iterator[Finding]:
    for group, users in wanted.metrics.items():
        found = kinds.get(f"{group}/{served[group][0]}") if served.get(group) else None
        if isinstance(found, str):
            yield _silent(group, found, group, "", users)
        elif found is None:
            yield _missing(group, "", _operator(group), users)
        else:
            yield Finding(name=group, status=Status.OK, needed_by=users)


def _named(reference: Reference, users: list[str], path: str | None, names: Mapping[str, list[str] | str]) -> Finding:
    where = f"{reference.namespace}/" if reference.namespace else ""
    name, found = f'{reference.kind} "{where}{reference.name}"', names[path] if path else []
    if isinstance(found, str):
        # A deployer needs no right to list these objects.
        get = "ask the cluster's administrator"
        note = f"not checked: {found}"
        return Finding(name=name, status=Status.BROKEN, note=note, get=get, counts=False, needed_by=users)
    if reference.name in found:
        return Finding(name=name, status=Status.OK, needed_by=users)
    if path is None:
        group = reference.api_version.rpartition("/")[0]
        return _missing(name, f"the cluster serves no {reference.kind} ({reference.api_version})",
                        _operator(group, reference.kind), users)  # fmt: skip
    return _missing(name, "", f"create it, or use {' or '.join(found)}" if found else "create it", users, how="")


def _given(kubectl: Kubectl, needs: Mapping[Given, Need]) -> Iterator[Finding]:
    """Yield a finding for each object that you create. Only names are read, no Secret's values."""
    for (kind, namespace), group in groupby(needs.items(), lambda item: (item[0].kind, item[0].namespace)):
        if kind == "StorageClass":  # One of the requirements, also if a platform brings it along.
            continue
        inside = ("--namespace", namespace) if namespace else ()
        done = kubectl.call("get", kind.lower(), *inside, "--output", "name")
        there = {line.rpartition("/")[2] for line in done.out.split()}
        for one, need in group:
            where = f"{namespace}/" if namespace else ""
            name, users = f'{kind} "{where}{one.name}"', list(need.components)
            if not done.ok:
                note, get = f"not checked: {failure(done, kubectl.target)}", "ask the cluster's administrator"
                yield Finding(name=name, status=Status.BROKEN, note=note, get=get, counts=False, needed_by=users)
            elif one.name in there:
                yield Finding(name=name, status=Status.OK, needed_by=users)
            else:
                keys = f"create it with the keys {', '.join(need.keys)}" if need.keys else "create it"
                note = "the pods start without it" if need.optional else ""
                yield Finding(
                    name=name, status=Status.MISSING, note=note, get=keys, counts=not need.optional, needed_by=users
                )


def _path(reference: Reference, kinds: Mapping[str, dict[str, str] | str]) -> str | None:
    """Return the path of all objects of a kind in a namespace; None if the cluster does not serve the kind."""
    found = kinds.get(reference.api_version)
    if not isinstance(found, dict) or reference.kind not in found:
        return None
    middle = f"namespaces/{reference.namespace}/" if reference.namespace else ""
    return f"/apis/{reference.api_version}/{middle}{found[reference.kind]}"


def _missing(name: str, note: str, get: str, users: list[str], how: str = "install ") -> Finding:
    return Finding(name=name, status=Status.MISSING, note=note, get=f"{how}{get}", needed_by=users)


def _silent(name: str, error: str, group: str, kind: str, users: list[str]) -> Finding:
    note = f"the cluster lists {group}, which does not respond: {error}"
    get = f"check the pods of {_operator(group, kind)}"
    return Finding(name=name, status=Status.BROKEN, note=note, get=get, needed_by=users)


def _component_for(group: str, kind: str) -> str:
    """Return how the system installs an operator itself; empty if there is no component for it."""
    operator = operator_of(group, kind)
    if operator is None or not operator.component:
        return ""
    name = operator.component
    return f"; or qcdk add component {name} --kind operator --set operator={name} --set version=VERSION"


def _operator(group: str, kind: str = "") -> str:
    operator = operator_of(group, kind)
    return f"{operator.name}: {operator.url}" if operator else f"the operator that serves {group}"
