"""Where pods run, and how they find others by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.limits.formats import DnsName
from quantacirc_cdk.limits.kubernetes import (
    Address,
    DnsLabel,
    LabelKey,
    Labels,
    LabelValue,
    ObjectName,
    Positive,
    UserId,
)


@dataclass(frozen=True, kw_only=True)
class Toleration:
    """A taint of nodes that the pods tolerate."""

    key: LabelKey | None = None
    """Key of the taint; every taint when absent."""
    value: LabelValue | None = None
    """Value of the taint; any when absent."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """NoSchedule, PreferNoSchedule or NoExecute; all when absent."""
    seconds: int | None = None
    """Seconds that a pod stays on a node after a NoExecute taint appears; for ever when absent."""


@dataclass(frozen=True, kw_only=True)
class SpreadConstraint:
    """How the pods of a workload spread over one kind of place."""

    topology_key: LabelKey
    """Label of nodes whose values are the places, such as ``topology.kubernetes.io/zone``."""
    max_skew: Positive = 1
    """Pods that one place may have more than another."""
    strict: bool = False
    """Rather wait than exceed it."""


@dataclass(frozen=True, kw_only=True)
class DnsConfig:
    """The resolver's configuration, besides what the policy gives."""

    nameservers: Sequence[Address] = ()
    """Addresses."""
    searches: Sequence[str] = ()
    """Domains that are appended to short names."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Options such as ``ndots``; an empty value for one without."""


@dataclass(frozen=True, kw_only=True)
class PodOptions:
    """What any pod may have; what makes pods for you takes all of it, too."""

    node_selector: Labels = field(default_factory=dict)
    """Labels that a node must have."""
    affinity: Mapping[str, object] = field(default_factory=dict)
    """Nodes and pods that are needed or preferred nearby or apart, as in the API."""
    tolerations: Sequence[Toleration] = ()
    spread_constraints: Sequence[SpreadConstraint] | None = None
    """How the pods spread; over zones and hosts, where there are any, when absent; an empty list for not at all."""
    runtime_class: ObjectName | None = None
    scheduler: ObjectName | None = None
    """Name of the scheduler; Kubernetes' own when absent."""
    pull_secrets: Sequence[ObjectName] = ()
    """Secrets with the credentials of image registries."""
    dns_policy: Literal["ClusterFirst", "Default", "ClusterFirstWithHostNet", "None"] | None = None
    """ClusterFirst when absent; Default, ClusterFirstWithHostNet or None."""
    dns: DnsConfig | None = None
    host_aliases: Mapping[Address, Sequence[DnsName]] = field(default_factory=dict)
    """Host names by address, for ``/etc/hosts``."""
    hostname: DnsLabel | None = None
    subdomain: DnsLabel | None = None
    group_id: UserId | None = None
    """Primary group of its processes; ``user_id`` when absent."""
    fs_group: UserId | None = None
    """Group of its volumes; ``user_id`` when absent."""
    supplemental_groups: Sequence[UserId] = ()
    """Further groups of its processes."""
    sysctls: Mapping[str, str] = field(default_factory=dict)
    """Kernel parameters of the pod."""
    host_network: str = ""
    """Why its containers share the node's network."""
    host_pid: str = ""
    """Why its containers see the node's processes."""
    host_ipc: str = ""
    """Why its containers share the node's inter-process communication."""
    service_links: bool = False
    """Give its containers the addresses of all Services of the namespace as environment variables."""


def pod_options_of(options: PodOptions) -> dict[str, Any]:
    """Return the fields of ``PodOptions``, to hand them on."""
    return {one.name: getattr(options, one.name) for one in fields(PodOptions)}


def placement_fields(options: PodOptions, selector: Mapping[str, str]) -> Data:
    """Return what a pod's ``spec`` has of these options, but for its security context; nothing for a default."""
    dns = options.dns
    return compact(
        affinity=dict(options.affinity),
        dnsConfig=dns
        and compact(nameservers=list(dns.nameservers), options=_dns_options(dns), searches=[*dns.searches]),
        dnsPolicy=options.dns_policy,
        hostAliases=[{"hostnames": list(names), "ip": ip} for ip, names in sorted(options.host_aliases.items())],
        hostIPC=bool(options.host_ipc) or None,
        hostNetwork=bool(options.host_network) or None,
        hostPID=bool(options.host_pid) or None,
        hostname=options.hostname,
        imagePullSecrets=[{"name": name} for name in options.pull_secrets],
        nodeSelector=dict(sorted(options.node_selector.items())),
        runtimeClassName=options.runtime_class,
        schedulerName=options.scheduler,
        subdomain=options.subdomain,
        tolerations=[toleration_data(one) for one in options.tolerations],
        topologySpreadConstraints=[_spread(one, selector) for one in options.spread_constraints or ()],
    )


def toleration_data(toleration: Toleration) -> Data:
    """Return an entry of a pod's ``tolerations``."""
    return compact(
        effect=toleration.effect,
        key=toleration.key,
        operator="Equal" if toleration.value is not None else "Exists",
        tolerationSeconds=toleration.seconds,
    ) | ({} if toleration.value is None else {"value": toleration.value})


def _spread(constraint: SpreadConstraint, selector: Mapping[str, str]) -> Data:
    return {
        "labelSelector": {"matchLabels": dict(selector)},
        "maxSkew": constraint.max_skew,
        "topologyKey": constraint.topology_key,
        "whenUnsatisfiable": "DoNotSchedule" if constraint.strict else "ScheduleAnyway",
    }


def _dns_options(dns: DnsConfig) -> list[Data]:
    return [compact(name=name, value=value) for name, value in sorted(dns.options.items())]
