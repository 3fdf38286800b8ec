"""Chart values for the pods of each component."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.expression import Expression, Scope, value
from quantacirc_cdk.helm.image import OwnImages
from quantacirc_cdk.helm.insertions import Added, At, InPlaceOf, Insertion
from quantacirc_cdk.helm.mounted import Mounted
from quantacirc_cdk.helm.objects import Key, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import Path
from quantacirc_cdk.helm.rules.containers import ContainerRules, companions
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.schema_parts import of
from quantacirc_cdk.helm.unique import Unique
from quantacirc_cdk.helm.value_checks import SCHEDULE, SPREAD_CHECKS
from quantacirc_cdk.limits.kubernetes import Schedule
from quantacirc_cdk.manifests import POD_TEMPLATES, Data
from quantacirc_cdk.model.node_pools import POOL_LABEL

CLAIMS: Path = ("spec", "volumeClaimTemplates")
"""Claims of a StatefulSet, which are volumes of its pods."""


@dataclass(frozen=True, kw_only=True)
class PodRules:
    """Chart values of the pods of one workload."""

    subject: Subject
    own: OwnImages
    chart: str
    """Name of the chart, the prefix of its named templates."""

    workload: Key
    published: Data | None = None
    """The workload in the environment whose images are the default."""

    @property
    def _on(self) -> Match:
        return Match.of(self.workload)

    @property
    def _template(self) -> Path:
        return POD_TEMPLATES[self.workload.kind]

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters."""
        yield from ContainerRules(
            on=self._on,
            place=self._container(),
            section=self.subject.section(self.workload),
            own=self.own,
            chart=self.chart,
            workloads=self.subject.objects[self.workload],
            published=self.published,
        ).parameters()
        yield from self._probes()
        yield from self._scheduling()
        yield from self._metadata()
        yield from self._extras()
        yield from self._schedule()
        for beside in companions(self.subject, self.workload, self.own, self.chart, self.published):
            yield from beside.parameters()

    def _pod(self, *steps: Any) -> Path:
        return (*self._template, "spec", *steps)

    def _container(self, *steps: Any) -> Path:
        return self._pod("containers", 0, *steps)

    def _has(self, path: Path) -> bool:
        return bool(self.subject.samples(self.workload, path))

    def _parameter(self, path: str, description: str, schema: Any, *insertions: Insertion, **more: Any) -> Parameter:
        full = f"{self.subject.section(self.workload)}.{path}"
        return Parameter(path=full, description=description, schema=schema, insertions=insertions, **more)

    def _probes(self) -> Iterator[Parameter]:
        said = {
            "startup": "Succeeds when the process has started; the other probes wait for it.",
            "liveness": "Restarts the container when it fails.",
            "readiness": "Removes the pod from its Services while it fails.",
        }
        for name, what in said.items():
            path = self._container(f"{name}Probe")
            if self._has(path):
                yield self._parameter(
                    f"probes.{name}",
                    f"{what} Empty for the component's own probe.",
                    schemas.PROBE,
                    InPlaceOf(on=self._on, path=path),
                    default={},
                )

    def _scheduling(self) -> Iterator[Parameter]:
        def at(key: str) -> At:
            empty: Any = [] if key == "tolerations" else {}
            return At(on=self._on, path=self._pod(key), empty=empty)

        yield self._parameter(
            "nodeSelector",
            "Labels that a node must have to run the pods.",
            schemas.NODE_SELECTOR,
            at("nodeSelector"),
            default=self._in_all_environments("nodeSelector", {}),
            example={"kubernetes.io/arch": "amd64"},
        )
        yield self._parameter(
            "tolerations",
            "Taints of nodes that the pods tolerate.",
            schemas.TOLERATIONS,
            at("tolerations"),
            default=self._in_all_environments("tolerations", []),
            example=[{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}],
        )
        yield self._affinity(at("affinity"))
        yield self._parameter(
            "topologySpreadConstraints",
            "How the pods spread over zones and nodes; empty for the component's own spread.",
            schemas.TOPOLOGY_SPREAD,
            InPlaceOf(on=self._on, path=self._pod("topologySpreadConstraints")),
            default=[],
            checks=SPREAD_CHECKS,
        )
        yield self._parameter(
            "priorityClassName",
            "PriorityClass of the pods; empty for that of the component's tier.",
            schemas.NAME,
            InPlaceOf(on=self._on, path=self._pod("priorityClassName"), style="text"),
            default="",
        )

    def _affinity(self, at: At) -> Parameter:
        """Return the affinity. One that selects pods has the labels of the release, which no value can contain."""
        own = self.subject.samples(self.workload, at.path)
        if any({"podAffinity", "podAntiAffinity"} & affinity.keys() for affinity in own):
            said, replaced = (
                "Node and pod affinity; empty for the component's own.",
                InPlaceOf(on=self._on, path=at.path),
            )
            return self._parameter("affinity", said, schemas.AFFINITY, replaced, default={})
        default = self._in_all_environments("affinity", {})
        return self._parameter("affinity", "Node and pod affinity.", schemas.AFFINITY, at, default=default)

    def _in_all_environments(self, key: str, empty: Any) -> Any:
        """Return a field of the pods that is equal in all environments: a need of the component, not of a cluster.

        Nodes of other clusters do not have the label of a node pool.
        """
        found = self.subject.samples(self.workload, self._pod(key))
        common = len(found) == len(self.subject.objects[self.workload]) and all(each == found[0] for each in found)
        if not common:
            return empty
        pools = isinstance(found[0], dict) and POOL_LABEL in found[0]
        return {name: item for name, item in found[0].items() if name != POOL_LABEL} if pools else found[0]

    def _metadata(self) -> Iterator[Parameter]:
        yield self._parameter(
            "podAnnotations",
            "Additional annotations of the pods.",
            schemas.ANNOTATIONS,
            Added(on=self._on, path=(*self._template, "metadata", "annotations")),
            default={},
        )
        yield self._parameter(
            "podLabels",
            "Additional labels of the pods.",
            schemas.LABELS,
            Added(on=self._on, path=(*self._template, "metadata", "labels")),
            default={},
        )
        yield self._parameter(
            "annotations",
            "Annotations of the workload.",
            schemas.ANNOTATIONS,
            Added(on=self._on, path=("metadata", "annotations")),
            default={},
        )
        yield self._parameter(
            "terminationGracePeriodSeconds",
            "Seconds between SIGTERM and SIGKILL.",
            # The longest grace period and the longest drain of the model.
            {"type": "integer", "minimum": 0, "maximum": 86400 + 3600},
            At(on=self._on, path=self._pod("terminationGracePeriodSeconds"), style="number"),
        )

    def _extras(self) -> Iterator[Parameter]:
        mounts = self._container("volumeMounts")
        volumes = self.subject.names(self.workload, self._pod("volumes"), CLAIMS)
        yield self._parameter(
            "extraVolumes",
            "Additional volumes. One with the name of a volume of the component is refused.",
            schemas.EXTRA_VOLUMES,
            Added(on=self._on, path=self._pod("volumes"), is_list=True),
            default=[],
            example=[{"name": "extra-ca", "configMap": {"name": "company-ca"}}],
            checks=[Unique(taken=volumes)],
        )
        yield self._parameter(
            "extraVolumeMounts",
            "Additional mounts, of extra volumes or the component's own, at paths where the main container has none.",
            schemas.EXTRA_MOUNTS,
            Added(on=self._on, path=mounts, is_list=True),
            default=[],
            example=[{"name": "extra-ca", "mountPath": "/etc/company-ca", "readOnly": True}],
            checks=[
                Unique(field="mountPath", taken=self.subject.names(self.workload, mounts, field="mountPath")),
                Mounted(volumes=volumes, added=f"{self.subject.section(self.workload)}.extraVolumes"),
            ],
        )

    def _schedule(self) -> Iterator[Parameter]:
        if self.workload.kind == "CronJob":
            yield self._parameter(
                "schedule",
                "Cron schedule of five fields, in UTC.",
                of(Schedule),
                At(on=self._on, path=("spec", "schedule"), style="text"),
                checks=[SCHEDULE],
            )
            yield self._parameter(
                "suspend",
                "Never start on schedule; start it with `kubectl create job --from=cronjob/...`.",
                schemas.BOOLEAN,
                At(on=self._on, path=("spec", "suspend"), style="boolean"),
            )


def pull_secrets() -> Expression:
    """Return the pull secrets of this chart and of its parent charts, each once: the API refuses a second one when
    Helm 4 applies it.
    """
    ours, theirs = value("imagePullSecrets"), value("global.imagePullSecrets")

    def compute(scope: Scope) -> Any:
        found = [*(theirs.compute(scope) or []), *(ours.compute(scope) or [])]
        return [one for index, one in enumerate(found) if one not in found[:index]]

    return Expression(f"concat {theirs.helm} {ours.helm} | uniq", compute)
