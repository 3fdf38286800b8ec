"""A workload whose pods have stable names and their own volumes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.kubernetes.claim import Claim
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.service import Service, ServiceProps
from quantacirc_cdk.kubernetes.stateful_set import StatefulSet, StatefulSetProps
from quantacirc_cdk.kubernetes.vertical_autoscaler import VerticalAutoscaler
from quantacirc_cdk.kubernetes.workload import Workload, WorkloadProps, workload_pod
from quantacirc_cdk.limits.check import Refusal, describe, too_long
from quantacirc_cdk.limits.kubernetes import LONGEST_NAME, Count


@dataclass(frozen=True, kw_only=True)
class StatefulWorkloadProps(WorkloadProps):
    """A workload whose pods have stable names and their own volumes; ``scaling.min_replicas`` is the number of pods."""

    autoscaled: bool = False
    """Always False: scaling down would leave data behind."""
    claims: Sequence[Claim] = ()
    """Volumes of each pod, retained when the pod is deleted."""
    peer_ports: Sequence[str] = ()
    """Names of the ports that only its own pods connect to. Only a headless Service has them."""
    parallel: bool = True
    """Start and stop all pods at once; otherwise in order. Immutable."""
    on_delete: bool = False
    """Replace a pod only when you delete it."""
    partition: Count | None = None
    """Ordinal of the first pod that an update replaces; pods with lower ordinals do not change."""
    when_deleted: Literal["Retain", "Delete"] = "Retain"
    """Retain or delete the claims when the StatefulSet is deleted."""
    when_scaled: Literal["Retain", "Delete"] = "Retain"
    """Retain or delete the claims of pods that scaling down removes."""

    @property
    def own_claims(self) -> Sequence[str]:
        """Names of the volumes that each pod has separately."""
        return [claim.name for claim in self.claims]

    def refusals(self) -> Iterator[Refusal]:
        """Yield settings that the objects of this workload cannot have."""
        yield from super().refusals()
        longest = LONGEST_NAME["StatefulSet"]
        if len(self.identity.name) > longest:
            yield too_long("identity.name", self.identity.name, longest)
        if self.autoscaled:
            yield Refusal("autoscaled", "True", "False: scaling down would leave data behind")
        if self.canary:
            yield Refusal("canary", "a canary", "none: Argo Rollouts runs the pods of Deployments only")
        known = [port.name for port in (*self.ports, *self.side_car_ports)]
        for index, name in enumerate(self.peer_ports):
            if name not in known:
                yield Refusal(f"peer_ports[{index}]", describe(name), f"one of its ports: {', '.join(known)}")


class StatefulWorkload(Workload):
    """A StatefulSet with its related objects.

    Creates the StatefulSet, the headless Service ``<name>-headless`` that gives each pod a DNS name, a Service for
    clients, a ServiceAccount, the ConfigMap of its environment, and a disruption budget. If the Service for clients is
    headless, it is the only one, and has the ports of peers too. The claims of its volumes are retained by default.
    """

    props: StatefulWorkloadProps
    _requirements = {**Workload._requirements, "deployment": "`stateful_set`"}

    def __init__(self, scope: Construct, id: str, props: StatefulWorkloadProps) -> None:
        super().__init__(scope, id, props)

    def _run(self) -> None:
        props = self.props
        headless = props.identity.name if props.service.headless else f"{props.identity.name}-headless"
        if props.recommend:
            VerticalAutoscaler(self, "vertical-autoscaler", identity=props.identity, kind="StatefulSet")
        ports = [*props.ports, *props.side_car_ports]
        if ports and not props.service.headless:
            named = ServiceProps(
                identity=props.identity, name=headless, ports=ports, headless=True, publish_unready=True
            )
            Service(self, "headless-service", named)
        self.stateful_set = StatefulSet(
            self,
            "stateful-set",
            StatefulSetProps(
                identity=props.identity,
                pod=workload_pod(props),
                service=headless,
                replicas=props.scaling.min_replicas,
                claims=props.claims,
                parallel=props.parallel,
                on_delete=props.on_delete,
                partition=props.partition,
                min_ready_seconds=props.update.min_ready_seconds,
                when_deleted=props.when_deleted,
                when_scaled=props.when_scaled,
                revision_history=props.revision_history,
                labels=props.labels,
                annotations=props.annotations,
            ),
        )

    def _finds_itself(self) -> bool:
        return self.props.service.headless

    def _scalable(self) -> Manifest:
        return self.stateful_set

    def _service_ports(self) -> list[Port]:
        hidden = () if self.props.service.headless else self.props.peer_ports
        return [port for port in super()._service_ports() if port.name not in hidden]
