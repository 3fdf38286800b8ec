"""A look at a cluster, as the kinds of components are given it to judge their own (``health.look``)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.model.component import Serving
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError
from quantacirc_cdk.operations.report import Reachability, Workload
from quantacirc_cdk.operations.workloads import NAME, WORKLOAD_KINDS, Objects, labels

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was read of a cluster, and how more is asked of it."""

    site: Site
    kubectl: Kubectl
    objects: Objects
    workloads: Sequence[Workload]
    """How the components are."""
    inside: bool
    """Whether commands may be run in pods, where the API server's proxy does not get to a port of them."""
    spread: Callable[..., Iterator[Any]]
    """``map``, with several requests at once."""

    def pods(self, name: str) -> list[str]:
        """Return the names of the pods of a component."""
        owners = [item for item in self.objects.own(*WORKLOAD_KINDS) if labels(item).get(NAME) == name]
        return [pod["metadata"]["name"] for item in owners for pod in self.objects.pods_of(item)]

    def ask(self, name: str, port: int, query: str, shape: Any) -> tuple[list[Json], str]:
        """Ask every pod of a component over HTTP; return the JSON answers, each with its pod as ``asked``, and why not.

        ``shape`` is a type that the answers must have (``replies``).
        Through the API server's proxy, which needs no way to the pods but its own; with ``inside`` by ``wget`` in the
        container that is called as the component.
        """
        failures: list[str] = []

        def ask(pod: str) -> Json | None:
            path = f"/api/v1/namespaces/{self.kubectl.target.namespace}/pods/{pod}:{port}/proxy/{query}"
            try:
                return {**self.kubectl.raw(path, shape), "asked": pod}
            except OperationError as error:
                if self.inside:
                    return ask_inside(pod)
                why = str(error).rpartition("does not answer: ")[2]
                failures.append(f"the API server does not get to its monitoring port, try --exec: {why}")
                return None

        def ask_inside(pod: str) -> Json | None:
            command = ("wget", "-q", "-O", "-", f"http://127.0.0.1:{port}/{query}")
            try:
                answer = self.kubectl.json("exec", pod, "--container", name, "--", *command)
                return {**self.kubectl.shaped(answer, shape, "exec"), "asked": pod}
            except OperationError as error:
                failures.append(f"a command in its pod fails: {error}")
                return None

        answers = [answer for answer in self.spread(ask, self.pods(name)) if answer is not None]
        return answers, failures[0] if failures else ""

    def reached(self, name: str) -> Reachability:
        """Return who reaches a component, in the cluster or not: a client is ready only while its connection is up."""
        clients = [one for one in self.site.clients(name) if isinstance(self.site.system.components[one], Serving)]
        known = {labels(item).get(NAME): item["metadata"]["name"] for item in self.objects.own(*WORKLOAD_KINDS)}
        ready = {workload.name for workload in self.workloads if workload.ready}
        reached = tuple(client for client in clients if known.get(client) in ready)
        if reached or not clients:
            unseen = "" if clients else "no component that runs all the time uses it"
            return Reachability(name=name, reached_by=reached, unseen=unseen)
        return Reachability(name=name, reasons=("no component that needs it is ready",))
