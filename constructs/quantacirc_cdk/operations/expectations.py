"""What should run in an environment, by the model: what a look at the cluster is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.system import STORES, WORKLOADS, System


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """What should be there."""

    components: tuple[str, ...]
    """Components with pods that run all the time."""
    bus: str | None = None
    """Component that is the message bus."""
    streams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Streams of the bus, each with its consumers."""
    backlog: Mapping[str, int] = field(default_factory=dict)
    """Messages that a consumer can hold with all its replicas; more is a backlog that it does not keep up with."""
    ledger: str | None = None
    """Component that is the ledger, in the cluster or not."""
    ledger_clients: tuple[str, ...] = ()
    """Components whose readiness says that they reach the ledger."""
    certificates: bool = False
    """Whether cert-manager makes certificates."""
    application: str | None = None
    """Argo CD's application, where Argo CD knows the environment."""
    applied_by_argocd: bool = False
    """Whether Argo CD is who applies a release."""


BACKLOG = 100
"""Messages for a replica of a consumer that declares no backlog of its own."""


def expectations(system: System, environment: Environment) -> Expectations:
    """Return what should be there, by the model."""
    from quantacirc_cdk.kubernetes.nats.client import Client
    from quantacirc_cdk.kubernetes.nats.stream import consumers, streams
    from quantacirc_cdk.kubernetes.system.context import Context

    context = Context(system, environment)
    running = context.present(*sorted(WORKLOADS | STORES))
    ledger, bus = system.only("database"), system.only("bus")
    clients = [
        Client(name=name, publishes=tuple(part.publishes), consumes=tuple(part.consumes))
        for name, part in system.components.items()
        if part.publishes or part.consumes
    ]
    known = streams(clients) if bus else []
    wanted = consumers(clients, known)
    limits = {
        name: (part.autoscaling.backlog or BACKLOG) * context.replicas(name).max
        for name, part in running.items()
        if part.consumes
    }
    return Expectations(
        components=tuple(running),
        bus=bus,
        streams={stream.name: tuple(one.name for one in wanted if one.stream == stream.name) for stream in known},
        backlog=limits,
        ledger=ledger,
        ledger_clients=tuple(
            name for name, part in running.items() if part.kind in WORKLOADS and ledger and ledger in part.reaches
        ),
        certificates=environment.cluster.addons.cert_manager,
        application=f"{system.name}-{environment.name}" if system.source and environment.delivery != "manual" else None,
        applied_by_argocd=environment.delivery == "argocd",
    )
