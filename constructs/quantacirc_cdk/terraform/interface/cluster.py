"""A managed Kubernetes cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from quantacirc_cdk.limits import clouds, clusters, kubernetes_releases
from quantacirc_cdk.limits.formats import Day
from quantacirc_cdk.limits.kubernetes import Count, Positive
from quantacirc_cdk.limits.machines import (
    ARM_PATTERN,
    GPU_PATTERN,
    Architecture,
    architecture_of,
    has_gpu,
    refused_machine,
)
from quantacirc_cdk.terraform.expressions import Flag
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike
from quantacirc_cdk.terraform.interface.network import NetworkLike, stated_cidr
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.text.terraform import bare, has_expression

_CONSTANTS = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}


@dataclass(frozen=True, kw_only=True)
class Taint:
    """A taint of nodes: only pods that tolerate it run there."""

    key: str
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"
    """What happens to pods that do not tolerate it."""

    @property
    def constant(self) -> str:
        """The effect as AWS and Google Cloud spell it: ``NO_SCHEDULE``."""
        if has_expression(self.effect):
            spelled = ", ".join(f'{effect} = "{constant}"' for effect, constant in _CONSTANTS.items())
            return f"${{{{{spelled}}}[{bare(self.effect)}]}}"
        return _CONSTANTS[self.effect]


@dataclass(frozen=True, kw_only=True)
class NodePoolProps:
    """Machines of one kind that the cluster may add and remove."""

    cpu: Count
    """CPU cores of a node; looked at where there is no `machine_type`."""
    memory_gib: Count
    """Memory of a node, GiB."""
    min_nodes: int
    """Minimum nodes, over all zones."""
    max_nodes: int
    """Maximum nodes, over all zones."""
    disk_gib: Positive = 50
    """Disk of a node, GiB."""
    spot: bool = False
    """Whether the nodes may be taken away at short notice, for a lower price."""
    machine_type: str | None = None
    """The cloud's name of a machine; by default the smallest general-purpose one that fits."""
    spot_machine_types: Sequence[str] = ()
    """AWS: further types of spot nodes, with the architecture and the GPUs of ``machine_type``."""
    architecture: Architecture | None = None
    """Architecture of the nodes; that of ``machine_type`` by default, or amd64."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of the nodes, besides ``node-pool`` with the name of the pool."""
    taints: Sequence[Taint] = ()
    """Taints of the nodes."""
    gpus: int = 0
    """GPUs of a node; ``machine_type`` says which machine has them."""
    gpu_type: str | None = None
    """Google Cloud's name of the GPU, such as ``nvidia-l4``; the other clouds know it by the machine."""


def is_arm(cloud: str, pool: NodePoolProps) -> bool | Flag:
    """Return whether the nodes of a pool are Arm machines."""
    if has_expression(pool.machine_type) and not pool.architecture:
        return _matches(pool, ARM_PATTERN[cloud])
    return architecture_of(cloud, pool.machine_type, pool.architecture) == "arm64"


def is_gpu(cloud: str, pool: NodePoolProps) -> bool | Flag:
    """Return whether the nodes of a pool need the NVIDIA driver."""
    if has_expression(pool.machine_type) and not pool.gpus:
        return _matches(pool, GPU_PATTERN[cloud])
    return has_gpu(cloud, pool.machine_type, pool.gpus)


def _matches(pool: NodePoolProps, pattern: str) -> Flag:
    return Flag(f'can(regex("{pattern}", {bare(str(pool.machine_type))}))', sample=False)


@dataclass(frozen=True, kw_only=True)
class MaintenanceExclusion:
    """Days on which the cloud does not upgrade a cluster, in UTC."""

    first_day: Day
    """The first day: ``2026-12-18``."""
    last_day: Day
    """The last day."""


@dataclass(frozen=True, kw_only=True)
class AccessEntry:
    """AWS: what an IAM principal is in the cluster."""

    principal: str
    """ARN of the role. Its path is part of it."""
    groups: Sequence[str]
    """Groups in Kubernetes that role bindings name."""


@dataclass(frozen=True, kw_only=True)
class ClusterProps:
    """A cluster with private nodes, encrypted secrets and all of its control plane's logs."""

    name: str
    """Name of the cluster."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account (project, subscription) it is in."""
    network: NetworkLike
    """Where it runs."""
    keys: KeyRingLike
    """Keys for its secrets, its volumes and its logs."""
    kubernetes_version: str
    """Minor version of the control plane and the nodes, such as 1.34."""
    node_pools: Mapping[str, NodePoolProps]
    """Node pools by name."""
    private_endpoint: bool = True
    """Whether the API is reachable from inside the network only."""
    authorized_cidrs: Sequence[str] = ()
    """Addresses that may reach a public API endpoint; needed when ``private_endpoint`` is false."""
    operator_cidrs: Sequence[str] = ()
    """Addresses outside the network that may reach the private API: of a VPN, or of a pipeline's runners."""
    dns_endpoint: bool = False
    """Google Cloud: also reach the API by its DNS name, from anywhere, as whom IAM allows."""
    admins: Sequence[str] | str = ()
    """Principals with full access (AWS: role ARNs; Google Cloud: groups; Azure: group object ids), or an expression
    for a list of them: ``"${var.cluster_admins}"``."""
    access_entries: Mapping[str, AccessEntry] = field(default_factory=dict)
    """AWS: principals that belong to groups of role bindings, by a name of your choice. EKS takes a principal once, so
    none may be one of ``admins``."""
    security_group: str | None = None
    """Google Cloud: the group whose members are groups that role bindings may name."""
    system_pool: str | None = None
    """Azure: the node pool that is made with the cluster; by default the only one that is not spot, and has no taints
    and at least one node. Another one replaces the cluster."""
    node_image: str | None = None
    """AWS: release of Bottlerocket on all nodes, such as ``1.49.0-713f44ce``; by default the latest one when Terraform
    plans. The other clouds update node images themselves, in the maintenance window."""
    session_manager: bool = False
    """AWS: let operators open a session on a node with Session Manager, as whom IAM allows."""
    load_balancer_controller: bool = False
    """AWS: create the role of the AWS Load Balancer Controller."""
    maintenance_exclusions: Mapping[str, MaintenanceExclusion] = field(default_factory=dict)
    """Google Cloud and Azure: days without upgrades of the control plane and of nodes, by name."""
    mode: Literal["standard", "autopilot"] = "standard"
    """Whether nodes are ours to choose, or the cloud's (Google Cloud Autopilot)."""
    autoscaler: Literal["cluster-autoscaler", "karpenter", "none"] = "cluster-autoscaler"
    """AWS: what adds and removes nodes; with ``none``, each pool keeps ``min_nodes``. Other clouds run their own."""
    service_cidr: str = "172.20.0.0/16"
    """Virtual addresses of Services."""
    log_retention_days: int = 365
    """Days that the control plane's logs are kept; a year, as PCI DSS 10.5.1 asks of audit trails."""
    deletion_protection: bool = True
    """Refuse to delete the cluster."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of nodes and volumes, which on AWS do not get the provider's; labels of the cluster on Google Cloud."""

    def check(self) -> None:
        """Raise ``PropsError`` with everything wrong."""
        rules = Rules(self.name)
        rules.matches("kubernetes_version", self.kubernetes_version, r"1\.[0-9][0-9]", 'a minor version such as "1.34"')
        rules.cidr("service_cidr", self.service_cidr)
        rules.between("log_retention_days", self.log_retention_days, 1, 3650, "days")
        for cidr in self.authorized_cidrs:
            rules.cidr("authorized_cidrs", cidr)
        for cidr in self.operator_cidrs:
            rules.cidr("operator_cidrs", cidr)
            if cidr.endswith("/0"):
                rules.refuse("operator_cidrs", f"{cidr} is everyone", "the addresses of your VPN")
        rules.refused(clusters.refused_endpoint(self.authorized_cidrs, private=bool(self.private_endpoint)))
        taken = set() if isinstance(self.admins, str) else set(self.admins)
        for name, entry in self.access_entries.items():
            if entry.principal in taken:
                rules.refuse(f"access_entries.{name}.principal", f"{entry.principal} twice", "each principal once")
            taken.add(entry.principal)
            expected = "the ARN of an IAM role, such as arn:aws:iam::111122223333:role/developers"
            rules.matches(f"access_entries.{name}.principal", entry.principal, r"arn:aws[a-z-]*:iam::\S+", expected)
            if not entry.groups:
                rules.refuse(f"access_entries.{name}.groups", "a principal without groups, that may do nothing", "one")
            for group in entry.groups:
                if group.startswith("system:"):
                    rules.refuse(f"access_entries.{name}.groups", f'"{group}", which EKS refuses', "no system: group")
        if self.mode == "standard" and not self.node_pools:
            rules.refuse("node_pools", "no node pool", "at least one")
        for name, pool in self.node_pools.items():
            if not 0 <= pool.min_nodes <= pool.max_nodes or pool.max_nodes < 1:
                nodes = f"{pool.min_nodes} to {pool.max_nodes} nodes"
                rules.refuse(f"node_pools.{name}", nodes, "min_nodes at most max_nodes, and that at least 1")
            rules.between(f"node_pools.{name}.disk_gib", pool.disk_gib, 20, 16384, "GiB")
            if pool.gpus and not pool.machine_type:
                rules.refuse(f"node_pools.{name}.machine_type", "GPUs of no machine", "the name of a machine with GPUs")
        rules.check()


def refuse_limits(rules: Rules, cloud: str, props: ClusterProps) -> None:
    """Refuse values above the limits of a cloud (``limits/clouds.py``). Terraform checks expressions."""
    if not has_expression(props.kubernetes_version) and (
        old := kubernetes_releases.refusal(cloud, props.kubernetes_version)
    ):
        rules.refuse("kubernetes_version", *old)
    if not has_expression(props.service_cidr) and (wrong := clouds.refused_service_range(cloud, props.service_cidr)):
        rules.refuse("service_cidr", *wrong)
    elif overlap := clusters.refused_overlap(cloud, props.service_cidr, stated_cidr(props.network)):
        rules.refuse("service_cidr", *overlap)
    if not props.private_endpoint and not any(map(has_expression, props.authorized_cidrs)):
        rules.refused(clouds.refused_callers(cloud, props.authorized_cidrs), "authorized_cidrs")
    rules.refused(clusters.refused_settings(cloud, props))
    if props.access_entries and cloud != "aws":
        rules.refuse("access_entries", "a setting of AWS only", "none: role bindings name the groups of a directory")
    rules.refused(clouds.refused_tags(cloud, props.tags, own={"Name"}), "tags")
    rules.refused(clusters.refused_pools(cloud, props.node_pools.values()), "node_pools")
    if props.system_pool and cloud != "azure":
        rules.refuse("system_pool", "a setting of Azure only", "none: no pool is part of the cluster")
    longest = clouds.CLOUDS[cloud].node_pool
    for name, pool in props.node_pools.items():
        rules.refused(refused_machine(cloud, pool), "node_pools", name)
        if len(name) > longest and cloud != "azure":  # which has a more specific rule
            rules.refuse(f"node_pools.{name}", f"a name of {len(name)} characters", f"at most {longest}")


class ClusterLike(Protocol):
    """What other constructs need of a cluster."""

    @property
    def cluster_name(self) -> str:
        """Name of the cluster."""

    @property
    def node_security_group_id(self) -> str:
        """What its nodes are known by in firewall rules."""

    @property
    def oidc_issuer(self) -> str:
        """Who signs the tokens of its service accounts."""


@dataclass(frozen=True, kw_only=True)
class ExistingCluster:
    """An existing cluster: the result of ``Cluster.from_existing``."""

    cluster_name: str
    endpoint: str
    certificate_authority: str
    """Certificate of the API server's authority, Base64."""
    node_security_group_id: str
    oidc_issuer: str = ""
