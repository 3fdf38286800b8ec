"""Rules about keys that would have no effect where they stand: nobody should rely on what is not there."""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment, Replicas
from quantacirc_cdk.model.needs.needs import JobNeeds, Needs
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.system import WORKLOADS, Component, Kind, System

Problems = Iterator[Problem]

_RUNS_YOUR_CODE: frozenset[Kind] = WORKLOADS | {"job"}
"""Kinds whose image does what `command`, `args` and variables say; a store's are set by this library."""

_KINDS: dict[str, frozenset[Kind]] = {
    "api_access": _RUNS_YOUR_CODE,
    "args": _RUNS_YOUR_CODE,
    "autoscaling": frozenset({"agent", "service"}),
    "command": _RUNS_YOUR_CODE,
    "consumes": _RUNS_YOUR_CODE,
    "delivery": _RUNS_YOUR_CODE,
    "disruption": WORKLOADS,
    "environment": _RUNS_YOUR_CODE,
    "exposed": WORKLOADS,
    "ports": WORKLOADS,
    "probes": WORKLOADS,
    "publishes": _RUNS_YOUR_CODE,
    "reaches": _RUNS_YOUR_CODE,
    **dict.fromkeys(("contract", "metrics", "routes", "service", "share_processes", "side_cars", "update"), WORKLOADS),
    **dict.fromkeys(JobNeeds.model_fields, frozenset({"job"})),
}
_KINDS |= {key: _RUNS_YOUR_CODE for key in Needs.model_fields if key not in _KINDS}
"""Kinds that each key has an effect on; those that `checks` covers are not repeated."""

_NOT_FOR_BACKUPS = frozenset(
    {"api_access", "consumes", "delivery", "publishes", *Needs.model_fields, *JobNeeds.model_fields}
)
"""Keys that have no effect on a job with `backs_up`, whose program is this library's."""


def check_component_effects(system: System, root: Node, name: str, component: Component) -> Problems:
    """Yield the keys of a component that would have no effect on its kind, or without another key."""
    place = ("components", name)
    for key in sorted(component.model_fields_set & _KINDS.keys()):
        kinds = _KINDS[key]
        if component.kind not in kinds:
            what = f"`{key}` on a {component.kind}, which has no use for it"
            yield problem_at(root, (*place, key), what, f"it on {_listed(kinds)} only")
        elif component.backs_up and key in _NOT_FOR_BACKUPS:
            what = f"`{key}` on a job that backs up, which has a program of its own"
            yield problem_at(root, (*place, key), what, "none, or a job without `backs_up`")
    if "delivery" in component.model_fields_set and not component.consumes:
        yield problem_at(root, (*place, "delivery"), "how messages are delivered to a component that consumes none", "")
    if component.autoscaling.backlog and not component.consumes:
        what = "scaling on messages by a component that consumes none"
        yield problem_at(root, (*place, "autoscaling", "backlog"), what, "subjects under `consumes`")
    for index, target in enumerate(component.reaches):
        if target in system.of_kind("job"):
            what = f'reaches "{target}", a job, which listens to nobody'
            yield problem_at(root, (*place, "reaches", index), what, "a component that runs all the time")


def check_environment_effects(system: System, environment: Environment, root: Node) -> Problems:
    """Yield the keys of an environment that would have no effect there."""
    if environment.change_windows and environment.delivery != "argocd":
        what = f"change windows with delivery by {environment.delivery}, which keeps to none"
        yield problem_at(root, ("change_windows",), what, 'delivery "argocd", or no windows')
    elif environment.change_windows and system.source is None:
        what = "change windows without a repository that Argo CD could fetch"
        yield problem_at(root, ("change_windows",), what, "`source` in the system, or no windows")
    for name, override in environment.components.items():
        component = system.components.get(name)
        if component is None:
            continue  # said elsewhere
        place = ("components", name)
        for key in sorted(override.model_fields_set & _KINDS.keys()):
            if component.kind not in _KINDS[key] or (component.backs_up and key in _NOT_FOR_BACKUPS):
                what = f"`{key}` for a {'backup' if component.backs_up else component.kind}, which has no use for it"
                yield problem_at(root, (*place, key), what, "none")
        if override.replicas:
            yield from _check_replicas(component.kind, override.replicas, root, (*place, "replicas"))


def _check_replicas(kind: Kind, replicas: Replicas, root: Node, place: Place) -> Problems:
    if kind in ("job", "database", "object-store"):
        yield problem_at(root, place, f"replicas of a {kind}, of which there is one", "none")
    elif kind in ("bus", "monitor") and replicas.min != replicas.max:
        what = f"{replicas.min} to {replicas.max} replicas of a {kind}, whose number stays the same"
        yield problem_at(root, place, what, "min and max alike")
    elif kind == "bus" and replicas.min % 2 == 0:
        yield problem_at(root, (*place, "min"), f"{replicas.min} servers that vote", "an odd number")


def _listed(kinds: frozenset[Kind]) -> str:
    *others, last = sorted(kinds)
    return f"{', '.join(others)} and {last}" if others else last
