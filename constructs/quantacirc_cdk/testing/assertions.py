"""Assertions over manifests and parity. Each failure lists all problems.

Arguments that no cluster can have, such as port 99999, raise ``PropsError``: a test with one would prove nothing.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, ParamSpec

from quantacirc_cdk.errors import Problem, PropsError, nearest
from quantacirc_cdk.kubernetes.capacity import allocatable, more_nodes, pod_groups
from quantacirc_cdk.kubernetes.reachability import Endpoint, allowed, pods
from quantacirc_cdk.limits.check import check_call
from quantacirc_cdk.limits.formats import PortNumber
from quantacirc_cdk.limits.kubernetes import Bytes
from quantacirc_cdk.limits.rule import Range
from quantacirc_cdk.manifests import Data, pod_template
from quantacirc_cdk.testing.manifests import Manifests
from quantacirc_cdk.testing.restricted import violations

P = ParamSpec("P")
_CLUSTER = "https://kubernetes.io/docs/setup/best-practices/cluster-large/"
_Count = Annotated[int, Range(1, source=_CLUSTER)]
_Gpus = Annotated[int, Range(0, source=_CLUSTER)]


def _checked(function: Callable[P, None]) -> Callable[P, None]:
    """Return the function with a check of its arguments by their annotations."""

    @functools.wraps(function)
    def run(*arguments: P.args, **keywords: P.kwargs) -> None:
        bound = inspect.signature(function).bind(*arguments, **keywords).arguments  # Raises for missing ones.
        wrong = check_call(function, (), bound)
        if wrong:
            name = function.__name__
            raise PropsError(Problem(key=name, what=f"{one.place} {one.what}", expected=one.expected) for one in wrong)
        function(*arguments, **keywords)

    return run


def assert_restricted(manifests: Manifests) -> None:
    """Assert that every pod meets Pod Security Standards *restricted*."""
    wrong = [
        f"{item}: {what}"
        for item in manifests
        if (template := pod_template(item.data)) is not None
        for what in violations(template)
    ]
    if wrong:
        raise AssertionError("pods that are not restricted:\n" + "\n".join(f"  {line}" for line in wrong))


@_checked
def assert_reachable(manifests: Manifests, source: str, target: str, *, port: PortNumber) -> None:
    """Assert that network policies allow the pods of the workload ``source`` to connect to a TCP port of ``target``."""
    if not _allowed(manifests, source, target, port):
        raise AssertionError(f"{source} cannot connect to {target}:{port}: no network policy allows it")


@_checked
def assert_unreachable(manifests: Manifests, source: str, target: str, *, port: PortNumber) -> None:
    """Assert that network policies deny ``source`` to connect to a TCP port of ``target``."""
    if _allowed(manifests, source, target, port):
        raise AssertionError(f"{source} can connect to {target}:{port}: network policies allow it")


@_checked
def assert_fits(manifests: Manifests, *, nodes: _Count, cpu: _Count, memory: Bytes, gpus: _Gpus = 0) -> None:
    """Assert that ``nodes`` nodes of ``cpu`` cores, ``memory`` and ``gpus`` can hold all pods at their maximum.

    The capacity excludes what Kubernetes and the agents of each node use (``quantacirc_cdk.kubernetes.capacity``).
    """
    pool = allocatable("node", cpu=cpu, memory=memory, count=nodes, gpus=gpus)
    missing = more_nodes(pod_groups(manifests.objects, nodes), [pool])
    node = f"{cpu} cores and {memory}" + (f" with {gpus} GPUs" if gpus else "")
    if missing is None:
        raise AssertionError(f"a pod is larger than a node of {node}")
    if missing:
        raise AssertionError(f"the pods need {missing} more nodes than {nodes} of {node}")


def assert_parity(parity: Data) -> None:
    """Assert that environments differ only as declared. ``parity`` is the fixture, or the result of ``helm.parity``.

    A difference is declared if a parameter of the chart has a reason for it, or a file of an environment sets it.
    """
    wrong = [
        f"{one['path']}: " + ", ".join(f"{name}: {value!r}" for name, value in one["values"].items())
        for one in parity["parameters"]
        if one["undeclared"]
    ]
    if wrong:
        lines = "\n".join(f"  {line}" for line in wrong)
        raise AssertionError(f"undeclared differences between environments:\n{lines}")


def _allowed(manifests: Manifests, source: str, target: str, port: int) -> bool:
    endpoints = {one.name: one for one in pods(manifests.objects)}
    policies = [item for item in manifests.objects if item["kind"] == "NetworkPolicy"]
    return allowed(policies, _endpoint(endpoints, source), _endpoint(endpoints, target), port)


def _endpoint(endpoints: dict[str, Endpoint], name: str) -> Endpoint:
    if name not in endpoints:
        known = f"expected {nearest(name, endpoints)}; a managed or existing store has no pods in the cluster"
        raise AssertionError(f'no workload "{name}" in the manifests, {known}')
    return endpoints[name]
