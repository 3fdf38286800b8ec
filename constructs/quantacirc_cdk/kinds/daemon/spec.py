"""Sections of the model for a daemon."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.kinds.workload.spec import Workload
from quantacirc_cdk.limits.pod_spec import NO_PODS
from quantacirc_cdk.model.component import Finding, Replicas, ServingSettings, Settings
from quantacirc_cdk.model.needs.scaling import UpdateSpec
from quantacirc_cdk.model.needs.short import PodCount
from quantacirc_cdk.model.node_pools import taints
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System


class DaemonUpdate(UpdateSpec):
    """How pods are replaced when the revision changes."""

    max_surge: PodCount = 0
    """Maximum number or percentage of nodes that run the new pod beside the old one during an update."""
    max_unavailable: PodCount = 1
    """Maximum number or percentage of nodes without a pod during an update; 0 requires `max_surge`."""
    on_delete: bool = False
    """Replace a pod only when you delete it."""


class DaemonSettings(ServingSettings):
    """Settings of a daemon in an environment."""

    nodes: Annotated[int, Field(ge=1, le=15000)] | None = None
    """Maximum number of nodes that it runs on, for the namespace's quota. When absent, the sum of the cluster's
    `node_pools`, or ten without node pools."""
    update: DaemonUpdate = DaemonUpdate()
    """How its pods are replaced when the revision changes."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield update settings that a DaemonSet does not support."""
        yield from super().problems(site, name)
        if "update" in self.model_fields_set:
            yield from _update_problems(site.component(name, Daemon).update)


class Daemon(Workload):
    """One pod on every node, or on the nodes that its placement selects."""

    settings: ClassVar[type[Settings]] = DaemonSettings
    role: ClassVar[str] = "daemon"
    imports: ClassVar[str] = "DaemonSet"
    unused: ClassVar[frozenset[str]] = frozenset({"disruption", "replicas"})
    shape: ClassVar[tuple[str, str]] = ("[\\", "\\]")

    kind: Literal["daemon"]
    """One pod on every node, or on the nodes that `placement` selects."""
    update: DaemonUpdate = DaemonUpdate()
    """How its pods are replaced when the revision changes."""

    def nodes(self, site: Site, name: str) -> int | None:
        """Return the maximum number of its nodes; None if it is unknown.

        Without an explicit number, it is the size of its node pool, or of all pools whose taints it tolerates.
        """
        stated, place = site.settings_as(name, DaemonSettings).nodes, self.placement
        where = site.environment
        return (
            stated
            or sum(
                pool.max_nodes
                for key, pool in where.cluster.node_pools.items()
                if (key == place.node_pool if place.node_pool else not taints(where, key) or place.tolerations)
            )
            or None
        )

    def replicas(self, site: Site, name: str) -> Replicas:
        """Return the number of its pods: one on each node."""
        return Replicas(min=1, max=min(self.nodes(site, name) or 1, 1000))

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield settings that have no effect on it, and volumes that only one node can mount."""
        yield from super().problems(system, name)
        for key in sorted(self.autoscaling.model_fields_set - {"recommend"}):
            yield ("autoscaling", key), f"`{key}` on a daemon, which is not autoscaled", "`recommend`, or none"
        for key in self.shared_by_one_node:
            what = f'every node shares the volume "{key}", which only one node can mount'
            yield ("volumes", key), what, "`access: ReadWriteMany`, or a path of the `host`"
        yield from _update_problems(self.update)


def _update_problems(update: DaemonUpdate) -> Iterator[Finding]:
    if update.recreate:
        yield ("update", "recreate"), "`recreate` of a DaemonSet, which replaces its pods node by node", "none"
    if update.progress_seconds is not None:
        yield ("update", "progress_seconds"), "`progress_seconds` of a DaemonSet, whose rollout has no deadline", "none"
    if update.on_delete:
        for key in sorted(update.model_fields_set & {"max_surge", "max_unavailable"}):
            yield (
                ("update", key),
                f"`{key}` beside `on_delete`, for which nothing replaces pods by itself",
                "one of them",
            )
        return
    surge, missing = update.max_surge not in NO_PODS, update.max_unavailable not in NO_PODS
    if surge == missing:
        what = f"max_surge {update.max_surge} and max_unavailable {update.max_unavailable}"
        yield ("update",), what, "exactly one of them above 0, because the API refuses anything else"


KIND = Daemon
