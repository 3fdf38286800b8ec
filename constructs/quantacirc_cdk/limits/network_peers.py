"""What a cloud refuses of a network's peers: their ids, their number and their address ranges."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Protocol

from quantacirc_cdk.limits.aws import refused_partition
from quantacirc_cdk.limits.cloud_names import PROJECT_FORM, PROJECT_ID
from quantacirc_cdk.limits.clouds import CLOUDS, Refused, refused_range
from quantacirc_cdk.limits.rule import Rule, matching, matching_one
from quantacirc_cdk.text.terraform import has_expression

_VPC = r"vpc-([0-9a-f]{17}|[0-9a-f]{8})"
_GOOGLE = rf"projects/{PROJECT_ID}/global/networks/[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?"
_AZURE = (
    r"/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/resourceGroups/[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]"
    r"/providers/Microsoft\.Network/virtualNetworks/[A-Za-z0-9][A-Za-z0-9_.-]{0,62}[A-Za-z0-9_]"
)

VPC = matching(
    _VPC,
    "the id of a VPC such as vpc-0a1b2c3d4e5f67890",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html",
)
GOOGLE_NETWORK = matching(
    _GOOGLE,
    f"a network such as projects/data-prod/global/networks/data, with the id of its project: {PROJECT_FORM}",
    source="https://cloud.google.com/compute/docs/reference/rest/v1/networks",
)
VIRTUAL_NETWORK = matching(
    _AZURE,
    "the resource id of a virtual network: /subscriptions/…/virtualNetworks/NAME, with the subscription in lower case",
    source="https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftnetwork",
)
FORMS: Mapping[str, Rule] = {"aws": VPC, "gcp": GOOGLE_NETWORK, "azure": VIRTUAL_NETWORK}
"""Form of a network's id, by cloud."""

PeerNetwork = Annotated[
    str,
    matching_one(
        {"vpc-": VPC, "projects/": GOOGLE_NETWORK, "/subscriptions/": VIRTUAL_NETWORK},
        "vpc-…, projects/PROJECT/global/networks/NAME, or /subscriptions/…/virtualNetworks/NAME",
        source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html",
    ),
]
AwsAccount = Annotated[
    str,
    matching(
        r"[0-9]{12}",
        "an AWS account id of 12 digits, in quotes",
        source="https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html",
        schema=True,
    ),
]

MOST_PEERS = {"aws": 125, "gcp": 24, "azure": 500}
"""Maximum number of peers of a network. AWS: with the quota at its maximum
(https://docs.aws.amazon.com/general/latest/gr/vpc-service.html). Google Cloud: 25, with the one of private services
access (https://cloud.google.com/vpc/docs/quota#vpc-peering). Azure:
https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#azure-resource-manager-virtual-networking-limits.
"""
_NEVER_ROUTED = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")
"""Ranges that no cloud routes between networks: this host, loopback, link-local and multicast
(https://www.iana.org/assignments/iana-ipv4-special-registry,
https://cloud.google.com/vpc/docs/subnets#prohibited-ranges)."""


class Peer(Protocol):
    """A peer, of the model or of the props."""

    @property
    def network(self) -> str:
        """The cloud's id of the other network."""

    @property
    def account(self) -> str | None:
        """AWS: its account."""

    @property
    def region(self) -> str | None:
        """AWS: its region."""

    @property
    def cidrs(self) -> Sequence[str]:
        """Its address ranges."""

    @property
    def dns_resolution(self) -> bool:
        """AWS: whether public names resolve to private addresses."""


class Peered(Protocol):
    """The network that has the peers, of the model or of the props."""

    @property
    def cidr(self) -> str:
        """Its address range."""

    @property
    def pod_cidr(self) -> str:
        """Range of the pods, on clouds with a separate one."""

    @property
    def secondary_cidr(self) -> str | None:
        """AWS: secondary range, for pods."""

    @property
    def service_cidr(self) -> str:
        """Range of Services."""


def is_own(peer: Peer, account: str, region: str) -> bool:
    """Return whether a VPC is in this account and region, where AWS accepts a peering for its requester
    (https://docs.aws.amazon.com/vpc/latest/peering/create-vpc-peering-connection.html).
    """
    return peer.account in (None, account) and peer.region in (None, region)


def refused_peers(
    cloud: str, account: str, region: str, network: Peered, peers: Mapping[str, Peer]
) -> Iterator[Refused]:
    """Yield what ``cloud`` refuses of the peers of a network in ``account`` and ``region``."""
    if len(peers) > MOST_PEERS[cloud]:
        yield (), f"{len(peers)} peers", f"at most {MOST_PEERS[cloud]} on {cloud}"
    seen: dict[str, str] = {}
    for name, peer in peers.items():
        for inside, what, expected in _refused_place(cloud, account, region, peer):
            yield (name, *inside), what, expected
        other = seen.setdefault(peer.network.lower(), name)
        if other != name:
            yield (name, "network"), f'the network of the peer "{other}"', "one peer for each network"
    for inside, what, expected in _refused_ranges(cloud, network, peers):
        yield inside, what, expected


def _refused_place(cloud: str, account: str, region: str, peer: Peer) -> Iterator[Refused]:
    """Yield a network that is not named as the cloud names it, and properties that it does not have there."""
    if not has_expression(peer.network) and (expected := FORMS[cloud].refusal(peer.network)):
        yield ("network",), f'found "{peer.network}"', expected
    if cloud != "aws":
        for key in ("account", "region"):
            if getattr(peer, key) is not None:
                yield (key,), f"the {key} of a network outside AWS", "none: its id is enough"
        if peer.dns_resolution:
            what = "`dns_resolution` outside AWS"
            yield ("dns_resolution",), what, "none: share the private DNS zones of the networks"
        return
    if apart := refused_partition(region, peer.region):
        yield ("region",), *apart
    if peer.dns_resolution and not is_own(peer, account, region):
        what = "`dns_resolution` with another account or region, which AWS takes only once the peering is accepted"
        expected = "none: set it after that with `aws ec2 modify-vpc-peering-connection-options`"
        yield ("dns_resolution",), what, expected


def _refused_ranges(cloud: str, network: Peered, peers: Mapping[str, Peer]) -> Iterator[Refused]:
    """Yield ranges that overlap those of the network, of another peer, or of the cloud.

    Neither AWS nor Azure peers networks that overlap, and Google Cloud none with overlapping ranges of subnets, to
    which those of pods and Services belong. A node routes the ranges of pods and Services itself, so nothing behind
    them is reached.
    """
    keys = ["cidr", "service_cidr", "pod_cidr" if CLOUDS[cloud].pod_range else "secondary_cidr"]
    taken = [(f"network.{key}", str(own)) for key in keys if (own := getattr(network, key)) is not None]
    taken += [("", one) for one in _NEVER_ROUTED]
    for name, peer in peers.items():
        for index, cidr in enumerate(peer.cidrs):
            place = (name, "cidrs", index)
            if has_expression(cidr):
                continue
            if found := next((one for one in taken if _overlap(cidr, one[1])), None):
                whose, other = found
                what = f"{cidr} overlaps {whose} {other}" if whose else f"{cidr} overlaps {other}, which is not routed"
                yield place, what, "ranges that do not overlap"
            elif wrong := refused_range(cloud, cidr):
                yield place, *wrong
            taken.append((f"network.peers.{name}", cidr))


def _overlap(cidr: str, other: str) -> bool:
    return not has_expression(other) and ipaddress.IPv4Network(cidr).overlaps(ipaddress.IPv4Network(other))
