"""Rules about the length of names: Kubernetes adds to them, and refuses what then is too long."""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.system import STORES, Component, System

_SERVICE = 63
"""An RFC 1035 label."""
_CRON_JOB = 52
"""https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/: eleven characters are added to each run."""
_STATEFUL_SET = 52
"""Its pods have a label of its name and a revision of ten characters: https://github.com/kubernetes/kubernetes/issues/64023."""


def check_name_lengths(system: System, root: Node) -> Iterator[Problem]:
    """Yield the components whose name is too long for what is made of them."""
    for name, component in system.components.items():
        longest, why = _longest(component)
        if len(name) > longest:
            what = f'"{name}" of {len(name)} characters'
            yield problem_at(root, ("components", name), what, f"at most {longest}, the name of {why}")


def _longest(component: Component) -> tuple[int, str]:
    if component.backs_up:
        return _CRON_JOB - len("-restore"), "a CronJob that restores"
    if component.kind == "job":
        return _CRON_JOB, "a CronJob"
    if component.kind == "bus":
        return _SERVICE - len("-streams-") - 8, "a Job that creates streams"
    if component.kind in STORES:
        return _STATEFUL_SET, "a StatefulSet"
    if component.exposed:
        return _SERVICE - len("-closed"), "a Service that closes paths"
    return _SERVICE, "a Service"
