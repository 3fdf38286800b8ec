"""A view of a cluster for the health checks of the kinds of components (``health.look``)."""

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
    """What was read from a cluster, and functions to read more."""

    site: Site
    kubectl: Kubectl
    objects: Objects
    workloads: Sequence[Workload]
    """Health of the components."""
    inside: bool
    """Whether commands may run in pods, if the API server's proxy cannot reach a port."""
    spread: Callable[..., Iterator[Any]]
    """``map`` with several requests in parallel."""

    def pods(self, name: str) -> list[str]:
        """Return the names of the pods of a component."""
        owners = [item for item in self.objects.own(*WORKLOAD_KINDS) if labels(item).get(NAME) == name]
        return [pod["metadata"]["name"] for item in owners for pod in self.objects.pods_of(item)]

    def ask(self, name: str, port: int, query: str, shape: Any) -> tuple[list[Json], str]:
        """Query all pods of a component over HTTP. Return the JSON responses, each with its pod as ``asked``, and the
        reasons of failures.

        ``shape`` is a type that the responses must match (``replies``). Uses the API server's proxy, which needs no
        connection to the pods; with ``inside``, uses ``wget`` in the container with the component's name.
        """
        failures: list[str] = []

        def ask(pod: str) -> Json | None:
            path = f"/api/v1/namespaces/{self.kubectl.target.namespace}/pods/{pod}:{port}/proxy/{query}"
            try:
                return {**self.kubectl.raw(path, shape), "asked": pod}
            except OperationError as error:
                if self.inside:
                    return ask_inside(pod)
                why = str(error).rpartition("does not respond: ")[2]
                failures.append(f"the API server cannot reach its monitoring port, try --exec: {why}")
                return None

        def ask_inside(pod: str) -> Json | None:
            command = ("wget", "-q", "-O", "-", f"http://127.0.0.1:{port}/{query}")
            try:
                answer = self.kubectl.json("exec", pod, "--container", name, "--", *command)
                return {**self.kubectl.shaped(answer, shape, "exec"), "asked": pod}
            except OperationError as error:
                failures.append(f"a command in its pod failed: {error}")
                return None

        answers = [answer for answer in self.spread(ask, self.pods(name)) if answer is not None]
        return answers, failures[0] if failures else ""

    def reached(self, name: str) -> Reachability:
        """Return the clients of a component: a client is ready only while it is connected."""
        clients = [one for one in self.site.clients(name) if isinstance(self.site.system.components[one], Serving)]
        known = {labels(item).get(NAME): item["metadata"]["name"] for item in self.objects.own(*WORKLOAD_KINDS)}
        ready = {workload.name for workload in self.workloads if workload.ready}
        reached = tuple(client for client in clients if known.get(client) in ready)
        if reached or not clients:
            unseen = "" if clients else "no component that runs continuously uses it"
            return Reachability(name=name, reached_by=reached, unseen=unseen)
        return Reachability(name=name, reasons=("no component that needs it is ready",))
