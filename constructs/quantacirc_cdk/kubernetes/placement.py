"""Placement and DNS settings of pods."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.limits.formats import DnsName
from quantacirc_cdk.limits.kubernetes import (
    NAMESERVERS,
    SEARCHES,
    Address,
    DnsLabel,
    LabelKey,
    Labels,
    LabelValue,
    ObjectName,
    Positive,
    UserId,
)
from quantacirc_cdk.limits.kubernetes_names import ResolverOption, ResolverValue, Sysctl


@dataclass(frozen=True, kw_only=True)
class Toleration:
    """A node taint that the pods tolerate."""

    key: LabelKey | None = None
    """Key of the taint; every taint when absent."""
    value: LabelValue | None = None
    """Value of the taint; any when absent."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """NoSchedule, PreferNoSchedule or NoExecute; all when absent."""
    seconds: int | None = None
    """Seconds that a pod stays on a node after a NoExecute taint appears; forever when absent."""


@dataclass(frozen=True, kw_only=True)
class SpreadConstraint:
    """How the pods of a workload spread over one type of topology domain."""

    topology_key: LabelKey
    """Node label that defines the topology domain, such as ``topology.kubernetes.io/zone``."""
    max_skew: Positive = 1
    """Maximum difference in the number of pods between two domains."""
    strict: bool = False
    """Keep a pod pending instead of exceeding the difference."""


@dataclass(frozen=True, kw_only=True)
class DnsConfig:
    """Resolver settings in addition to those of the DNS policy."""

    nameservers: Sequence[Address] = ()
    """IP addresses of name servers."""
    searches: Sequence[DnsName] = ()
    """Domains that are appended to short names."""
    options: Mapping[ResolverOption, ResolverValue] = field(default_factory=dict)
    """Options such as ``ndots``; with an empty value for an option without one."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield more servers and domains than the API takes."""
        for key, most in (("nameservers", NAMESERVERS), ("searches", SEARCHES)):
            if len(getattr(self, key)) > most:
                yield Refusal(key, f"{len(getattr(self, key))}", f"at most {most}")


@dataclass(frozen=True, kw_only=True)
class PodOptions:
    """Options of every pod. Constructs that create pods accept all of them."""

    node_selector: Labels = field(default_factory=dict)
    """Labels that a node must have."""
    affinity: Mapping[str, object] = field(default_factory=dict)
    """Affinity to nodes and pods, as in the API."""
    tolerations: Sequence[Toleration] = ()
    spread_constraints: Sequence[SpreadConstraint] | None = None
    """Spread over topology domains; over zones and hosts if possible when None; no spread when empty."""
    min_zones: Positive | None = None
    """Minimum number of zones that the pods of the workload run in: a pod stays pending instead of exceeding a
    difference of one between two zones. For nodes with the label ``topology.kubernetes.io/zone``, and not beside
    ``spread_constraints``. Without it, the spread over zones is a preference.
    """
    runtime_class: ObjectName | None = None
    scheduler: ObjectName | None = None
    """Name of the scheduler; the default scheduler when absent."""
    pull_secrets: Sequence[ObjectName] = ()
    """Secrets with the credentials of image registries."""
    dns_policy: Literal["ClusterFirst", "Default", "ClusterFirstWithHostNet", "None"] | None = None
    """DNS policy. When absent, ClusterFirst, or ClusterFirstWithHostNet in the node's network."""
    dns: DnsConfig | None = None
    host_aliases: Mapping[Address, Sequence[DnsName]] = field(default_factory=dict)
    """Host names by address, for ``/etc/hosts``."""
    hostname: DnsLabel | None = None
    subdomain: DnsLabel | None = None
    group_id: UserId | None = None
    """Primary GID of its processes; ``user_id`` when absent."""
    fs_group: UserId | None = None
    """GID of its volumes; ``user_id`` when absent."""
    supplemental_groups: Sequence[UserId] = ()
    """Additional GIDs of its processes."""
    sysctls: Mapping[Sysctl, str] = field(default_factory=dict)
    """Kernel parameters of the pod."""
    unsafe_sysctls: str = ""
    """Reason why it sets kernel parameters that Pod Security Standards *baseline* refuses."""
    host_network: str = ""
    """Reason why its containers share the node's network."""
    host_pid: str = ""
    """Reason why its containers see the node's processes."""
    host_ipc: str = ""
    """Reason why its containers share the node's inter-process communication."""
    cloud_access: Mapping[str, str] = field(default_factory=dict)
    """Broad permissions of its ServiceAccount in a cloud, each with its reason. An annotation of the workload lists
    them, like the exceptions to *restricted*."""
    service_links: bool = False
    """Set environment variables with the addresses of all Services of the namespace."""


def pod_options_of(options: PodOptions) -> dict[str, Any]:
    """Return the fields of ``PodOptions``, to pass them on."""
    return {one.name: getattr(options, one.name) for one in fields(PodOptions)}


def placement_fields(options: PodOptions, selector: Mapping[str, str]) -> Data:
    """Return the fields of a pod's ``spec`` for these options, without its security context. Defaults are left out."""
    dns = options.dns
    return compact(
        affinity=dict(options.affinity),
        dnsConfig=dns
        and compact(nameservers=list(dns.nameservers), options=_dns_options(dns), searches=[*dns.searches]),
        dnsPolicy=options.dns_policy or ("ClusterFirstWithHostNet" if options.host_network else None),
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
