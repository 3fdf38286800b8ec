"""Sections of the model for a stateful component."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.kinds.workload.spec import Workload
from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.component import Finding, Replicas, ServingSettings, Settings, Tier
from quantacirc_cdk.model.facts import ports
from quantacirc_cdk.model.needs.scaling import UpdateSpec
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System

_OF_DEPLOYMENTS = frozenset({"max_surge", "max_unavailable", "progress_seconds", "recreate"})
"""Keys of `update` that only a Deployment has."""


class StatefulUpdate(UpdateSpec):
    """How pods are replaced when the revision changes: one at a time, from the last to the first."""

    partition: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Ordinal of the first pod that is replaced; pods with a lower ordinal stay unchanged."""
    on_delete: bool = False
    """Replace a pod only when you delete it."""


class ClaimRetention(Section):
    """What happens to volume claims of deleted pods. Retain keeps them; Delete deletes them and their data."""

    when_deleted: Literal["Retain", "Delete"] = "Retain"
    """When the StatefulSet is deleted."""
    when_scaled: Literal["Retain", "Delete"] = "Retain"
    """When there are fewer replicas."""


class StatefulSettings(ServingSettings):
    """Settings of a stateful component in an environment."""

    update: StatefulUpdate = StatefulUpdate()
    """How its pods are replaced when the revision changes."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield no replicas with high availability, a minimum that differs from the maximum, and update settings that
        a StatefulSet does not support.
        """
        yield from super().problems(site, name)
        if self.replicas is None and site.environment.high_availability:
            what = "one replica, the default of a stateful component, with high availability"
            expected = "`replicas` with equal min and max: at least 2, or 1 if there can be only one"
            yield ("replicas",), what, expected
        if self.replicas and self.replicas.min != self.replicas.max:
            what = (
                f"{self.replicas.min} to {self.replicas.max} replicas of a stateful component, which is not autoscaled"
            )
            yield ("replicas",), what, "equal min and max: scaling down would leave data behind"
        yield from _update_problems(self.update)


class Stateful(Workload):
    """Pods with their own names and volumes, of any image."""

    settings: ClassVar[type[Settings]] = StatefulSettings
    role: ClassVar[str] = "stateful"
    imports: ClassVar[str] = "StatefulSet"
    tier: ClassVar[Tier] = "stores"
    unused: ClassVar[frozenset[str]] = frozenset()
    claims_per_pod: ClassVar[bool] = True
    peers: ClassVar[Literal["always", "declared", "never"]] = "always"
    shape: ClassVar[tuple[str, str]] = ("[(", ")]")

    kind: Literal["stateful"]
    """Keeps data: each pod has a name and, for each volume with a `size`, its own volume."""
    peer_ports: list[kubernetes.PortName] = []
    """Names of the `ports` that only its own pods connect to, such as the ports between cluster members."""
    pod_management: Literal["parallel", "ordered"] = "parallel"
    """parallel starts all pods at once, for members that wait for each other. ordered starts each pod when the previous
    one is ready. Cannot be changed later."""
    retention: ClaimRetention = ClaimRetention()
    """What happens to its volume claims when their pods are deleted."""
    update: StatefulUpdate = StatefulUpdate()
    """How its pods are replaced when the revision changes."""

    def name_limit(self) -> tuple[int, str]:
        """Return the maximum length of the name of a StatefulSet and its headless Service."""
        return 52, "a StatefulSet"

    def replicas(self, site: Site, name: str) -> Replicas:
        """Return its own replicas, else one."""
        return site.settings_as(name, StatefulSettings).replicas or Replicas(min=1, max=1)

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield unknown `peer_ports`, and settings that have no effect on it."""
        yield from super().problems(system, name)
        known = [port.name for port in ports(system, self)]
        for index, peer in enumerate(self.peer_ports):
            if peer not in known:
                yield ("peer_ports", index), f'no port "{peer}"', nearest(peer, known)
        for key in sorted(self.autoscaling.model_fields_set - {"recommend"}):
            yield ("autoscaling", key), f"`{key}` on a stateful, which is not autoscaled", "`recommend`, or none"
        yield from _update_problems(self.update)


def _update_problems(update: StatefulUpdate) -> Iterator[Finding]:
    for key in sorted(update.model_fields_set & _OF_DEPLOYMENTS):
        yield ("update", key), f"`{key}` of a StatefulSet, which replaces one pod at a time", "`partition`, `on_delete`"
    if update.on_delete and update.partition is not None:
        what = "`partition` beside `on_delete`, for which nothing replaces pods by itself"
        yield ("update", "partition"), what, "one of them"


KIND = Stateful
