"""Cloud limits as data: a table for each cloud, for the model and for the constructs.

The providers' schemas contain only types, so each number has its source.
"""

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

Place = tuple[str | int, ...]
Refused = tuple[Place, str, str]
"""Place in the checked value, what was found, and what was expected."""


@dataclass(frozen=True, kw_only=True)
class Tags:
    """Limits of tags or labels."""

    most: int
    """Maximum number of tags of a resource."""
    key: int
    """Maximum length of a key."""
    value: int
    """Maximum length of a value."""
    keys: str
    """Regular expression of a key."""
    expected: str
    """Description of ``keys`` in words."""
    reserved: tuple[str, ...] = ()
    """Prefixes of keys, in lower case, that the cloud reserves."""


@dataclass(frozen=True, kw_only=True)
class CloudLimits:
    """Limits of one cloud."""

    tags: Tags
    service_prefix: tuple[int, int]
    """Minimum and maximum prefix length of the range of Services."""
    service_ranges: tuple[str, ...] = ("0.0.0.0/0",)
    """Ranges that must contain the range of Services."""
    reserved_ranges: tuple[str, ...] = ()
    """Ranges that must not overlap the network, pods or Services."""
    authorized_cidrs: int
    """Maximum number of authorized CIDRs of a public API."""
    private_callers: bool
    """Whether authorized CIDRs can be private addresses."""
    node_pool: int
    """Maximum length of a node pool's name, less the suffix that some clouds add."""
    pod_range: bool
    """Whether pods have addresses of a separate range, and not of the network."""
    matches_nodes: bool
    """Whether network policies match the addresses of nodes."""
    credentials: tuple[tuple[str, int], ...]
    """Link-local addresses and ports from which a pod gets the credentials of its cloud identity."""
    database_gib: tuple[int, int]
    """Smallest and largest disk of a PostgreSQL database, in GiB."""


PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
"""Addresses that are not routed on the internet (https://www.iana.org/assignments/iana-ipv4-special-registry)."""

AWS = CloudLimits(
    # https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices
    tags=Tags(
        most=50,
        key=128,
        value=256,
        keys=r"[\w .:/=+\-@]+",
        expected="letters, digits, blanks and _ . : / = + - @",
        reserved=("aws:",),
    ),
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html
    service_prefix=(12, 24),
    service_ranges=("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    # https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html
    authorized_cidrs=40,
    # https://docs.aws.amazon.com/eks/latest/userguide/config-cluster-endpoint.html
    private_callers=False,
    # 63 (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html), less a dash and the 26
    # characters that the provider puts behind a prefix.
    node_pool=36,
    # https://docs.aws.amazon.com/eks/latest/userguide/managing-vpc-cni.html
    pod_range=False,
    matches_nodes=True,
    # EKS Pod Identity agent (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html).
    credentials=(("169.254.170.23/32", 80),),
    # Disks of type gp3 (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html).
    database_gib=(20, 65536),
)

GCP = CloudLimits(
    # https://cloud.google.com/resource-manager/docs/labels-overview#requirements
    tags=Tags(
        most=64,
        key=63,
        value=63,
        keys=r"[A-Za-z].*",
        expected="a letter first",
    ),
    # https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#cluster_sizing_secondary_range_svcs
    service_prefix=(16, 28),
    # https://cloud.google.com/kubernetes-engine/docs/how-to/authorized-networks
    authorized_cidrs=100,
    private_callers=True,
    # 40, less a dash and the 9 characters that the provider puts behind a long prefix
    # (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/container_node_pool#name_prefix).
    node_pool=30,
    # https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips
    pod_range=True,
    # Dataplane V2 is Cilium (https://docs.cilium.io/en/stable/security/policy/language/#selecting-nodes-with-cidr-ipblock).
    matches_nodes=False,
    # GKE metadata server (https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#network-policy).
    credentials=(("169.254.169.252/32", 988), ("169.254.169.254/32", 80)),
    # https://cloud.google.com/sql/docs/postgres/instance-settings
    database_gib=(10, 65536),
)

AZURE = CloudLimits(
    # https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations: 15 on DNS zones,
    # which take neither blanks nor special characters, and 128 characters on storage accounts.
    tags=Tags(
        most=15,
        key=128,
        value=256,
        keys=r"[A-Za-z_][A-Za-z0-9_.\-]*",
        expected="letters, digits and _ . -, no digit first",
        reserved=("azure", "microsoft", "windows"),
    ),
    # https://learn.microsoft.com/azure/aks/configure-azure-cni#prerequisites
    service_prefix=(13, 28),
    reserved_ranges=("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"),
    # https://learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges#limitations
    authorized_cidrs=200,
    private_callers=False,
    # https://learn.microsoft.com/azure/aks/create-node-pools#limitations
    node_pool=12,
    # https://learn.microsoft.com/azure/aks/azure-cni-overlay
    pod_range=True,
    # https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations
    matches_nodes=False,
    # Microsoft Entra ID uses HTTPS, like the services themselves.
    credentials=(),
    # Sizes are fixed: a smaller one becomes 32 GiB
    # (https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-storage).
    database_gib=(1, 32767),
)

CLOUDS: Mapping[str, CloudLimits] = {"aws": AWS, "gcp": GCP, "azure": AZURE}


def matches_nodes(target: str) -> bool:
    """Return whether network policies match the addresses of nodes, as far as it is known."""
    return target not in CLOUDS or CLOUDS[target].matches_nodes


RDS_GROWTH_PERCENT = 110
"""Minimum of ``max_storage``, in percent of the storage, for an RDS disk with autoscaling
(https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html).
"""

IAM_ROLE = 64
"""Maximum length of a role's name (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""


def label(text: str) -> str:
    """Return a tag's key or value as a Google Cloud label: in lower case, with ``-`` for characters other than
    ``a-z0-9_-``.
    """
    return re.sub(r"[^a-z0-9_-]", "-", text.lower())[: GCP.tags.key]


def refused_tags(cloud: str, tags: Mapping[str, str], *, own: Collection[str] = ()) -> Iterator[Refused]:
    """Yield the tags that ``cloud`` refuses, in addition to those with the keys ``own``."""
    limits = CLOUDS[cloud].tags
    if len({*own, *tags}) > limits.most:
        most = limits.most - len(set(own) - tags.keys())
        yield (), f"{len(tags)} tags, beside {len(own)} that everything has", f"at most {most}"
    # The keys of roles on AWS, and all keys on Azure, differ in more than the case:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_naming
    # https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations
    labels = {label(key) if cloud == "gcp" else key.lower(): key for key in own if key != "Name"}
    for key, value in tags.items():
        if not 1 <= len(key) <= limits.key:
            yield (key,), f"a key of {len(key)} characters", f"1 to {limits.key}"
        elif not re.fullmatch(limits.keys, key):
            yield (key,), f'the key "{key}"', limits.expected
        if key.lower().startswith(limits.reserved):
            yield (key,), f'the key "{key}", whose prefix is reserved', f"none of {', '.join(limits.reserved)}"
        if len(value) > limits.value:
            yield (key,), f"a value of {len(value)} characters", f"at most {limits.value}"
        same = label(key) if cloud == "gcp" else key.lower()
        other = labels.setdefault(same, key)
        if other != key:
            what = f'label as "{other}": {same}' if cloud == "gcp" else f'key as "{other}" in another case'
            yield (key,), f"the same {what}", f'"{other}"' if other in own else "another key"


def refused_service_range(cloud: str, cidr: str) -> tuple[str, str] | None:
    """Return the problem of a range of Services, or None."""
    limits, network = CLOUDS[cloud], ipaddress.IPv4Network(cidr)
    low, high = limits.service_prefix
    if not any(network.subnet_of(ipaddress.IPv4Network(one)) for one in limits.service_ranges):
        return f"{cidr} for Services", f"a range in {', '.join(limits.service_ranges)}"
    if not low <= network.prefixlen <= high:
        return f"a /{network.prefixlen} for Services", f"a /{low} to /{high}"
    return refused_range(cloud, cidr)


def refused_range(cloud: str, cidr: str) -> tuple[str, str] | None:
    """Return the reserved range of the cloud that a range overlaps, or None."""
    network = ipaddress.IPv4Network(cidr)
    for one in CLOUDS[cloud].reserved_ranges:
        if network.overlaps(ipaddress.IPv4Network(one)):
            return f"{cidr} overlaps {one}, which the cloud uses itself", "another range"
    return None


def refused_callers(cloud: str, cidrs: Collection[str]) -> Iterator[Refused]:
    """Yield the authorized CIDRs of a public API that a cloud refuses."""
    limits = CLOUDS[cloud]
    if len(cidrs) > limits.authorized_cidrs:
        yield (), f"{len(cidrs)} entries", f"at most {limits.authorized_cidrs}"
    if limits.private_callers:
        return
    for index, cidr in enumerate(cidrs):
        network = ipaddress.IPv4Network(cidr)
        if any(network.subnet_of(ipaddress.IPv4Network(one)) for one in PRIVATE):
            what = f"{cidr}, from which nobody reaches a public endpoint"
            yield (index,), what, "public addresses, or private_endpoint: true"
