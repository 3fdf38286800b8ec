"""A workload with one pod on every node."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kubernetes.daemon_set import ONE_BY_ONE, DaemonSet, DaemonSetProps
from quantacirc_cdk.kubernetes.deployment import Update
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.vertical_autoscaler import VerticalAutoscaler
from quantacirc_cdk.kubernetes.workload import Workload, WorkloadProps, workload_pod
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.limits.kubernetes import Count
from quantacirc_cdk.manifests import NODES
from quantacirc_cdk.plain import path_of


@dataclass(frozen=True, kw_only=True)
class DaemonWorkloadProps(WorkloadProps):
    """A workload with one pod on every node."""

    autoscaled: bool = False
    """Always False: the number of nodes determines the number of pods."""
    update: Update = ONE_BY_ONE
    """Update strategy; with a surge, the new pod of a node starts before the old one stops."""
    on_delete: bool = False
    """Replace a pod only when you delete it."""
    nodes: Count | None = None
    """Maximum number of nodes that it runs on, for quotas; an annotation of the DaemonSet."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield settings that the objects of this workload cannot have."""
        yield from super().refusals()
        if self.autoscaled:
            yield Refusal("autoscaled", "True", "False: the number of nodes determines the number of pods")
        if self.canary:
            yield Refusal("canary", "a canary", "none: Argo Rollouts runs the pods of Deployments only")


class DaemonWorkload(Workload):
    """A DaemonSet with its ServiceAccount, the ConfigMap of its environment, and a Service if it has ports.

    It has no disruption budget, because a drain does not evict its pods.
    """

    props: DaemonWorkloadProps
    _requirements = {**Workload._requirements, "deployment": "`daemon_set`"}

    def __init__(self, scope: Construct, id: str, props: DaemonWorkloadProps) -> None:
        super().__init__(scope, id, props)

    def _run(self) -> None:
        props = self.props
        if props.recommend:
            VerticalAutoscaler(self, "vertical-autoscaler", identity=props.identity, kind="DaemonSet")
        nodes = {} if props.nodes is None else {NODES: str(props.nodes)}
        self.daemon_set = DaemonSet(
            self,
            "daemon-set",
            DaemonSetProps(
                identity=props.identity,
                pod=replace(workload_pod(props), spread=False),  # There already is one pod on each node.
                update=props.update,
                on_delete=props.on_delete,
                revision_history=props.revision_history,
                labels=props.labels,
                annotations={**props.annotations, **nodes},
            ),
        )

    def _scalable(self) -> Manifest:
        what, expected = "a DaemonSet, which has a pod on each node", "a workload with replicas"
        raise PropsError(Problem(key=path_of(self), what=what, expected=expected))

    def _protect(self) -> None:
        pass
