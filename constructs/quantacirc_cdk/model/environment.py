"""Where a system runs: everything that may differ between two environments."""

from typing import Annotated, Literal

from pydantic import Field, SerializeAsAny

from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.bounds import Quota, Team, Traffic
from quantacirc_cdk.model.cluster import Cluster
from quantacirc_cdk.model.component import Replicas, Settings, SizeName
from quantacirc_cdk.model.patches import Patch
from quantacirc_cdk.model.values import (
    Cidr,
    CloudResource,
    Cron,
    Digest,
    DnsName,
    Email,
    Name,
    Registry,
    Tag,
    Version,
)

Target = Literal["local", "aws", "gcp", "azure"]
CloudName = Literal["aws", "gcp", "azure"]
RetentionDays = Annotated[int, Field(ge=1, le=3650)]


class ImageRelease(Section):
    """One image of a release."""

    tag: Tag | None = None
    """Tag; the release's version when absent."""
    digest: Digest | None = None
    """Digest; what runs is then exactly this image."""


class Signature(Section):
    """Who signs the images of a release, without a key: the identity that the pipeline has while it runs."""

    issuer: Annotated[str, Field(pattern=r"^https://[^\s]+$")]
    """Address of the OpenID Connect issuer that vouches for the pipeline."""
    subject: Annotated[str, Field(min_length=1)]
    """The pipeline, as the issuer names it; `*` stands for anything."""


class Release(Section):
    """What is deployed."""

    version: Version
    """Version of the system, by any scheme; the chart's own is the nearest semantic version."""
    images: dict[Name, ImageRelease] = {}
    """Tag and digest of each image that is built with the system; written by `qcdk release`. Never taken from the
    environment it extends: a release to one environment is no release to another."""
    require_digests: bool = False
    """Refuse an image without a digest."""
    signature: Signature | None = None
    """Who signs the images that are built with the system."""


class ExistingNetwork(Section):
    """A network that is there already."""

    name: CloudResource
    """Name of the network; on AWS the id of a VPC, `vpc-…`, or its `Name` tag."""
    private_subnets: Annotated[list[CloudResource], Field(min_length=1)]
    """Subnets of the nodes, which reach out by NAT. AWS: by id or `Name` tag, in two zones or more. Google Cloud: one,
    with secondary ranges called `pods` and `services`. Azure: one, with service endpoints for vaults and storage."""
    public_subnets: list[CloudResource] = []
    """Subnets of load balancers."""
    database_subnets: list[CloudResource] = []
    """Subnets of managed databases. Google Cloud: the range of private service access. Azure: one that is delegated to
    `Microsoft.DBforPostgreSQL/flexibleServers`."""
    control_plane_subnet: CloudResource | None = None
    """Azure: subnet of the control plane of a cluster that is made in it, delegated to
    `Microsoft.ContainerService/managedClusters`."""
    resource_group: CloudResource | None = None
    """Azure: resource group of the network."""


class ExistingRegistry(Section):
    """The registry of images is there already: `registry` is its address."""

    resource_group: CloudResource | None = None
    """Azure: resource group of the registry."""


class Network(Section):
    """The network of the cluster and of managed stores. The ranges must not overlap."""

    cidr: Cidr
    """Addresses of the network: nodes, load balancers, managed stores. /16 to /22."""
    pod_cidr: Cidr = "100.64.0.0/14"
    """Addresses of pods, where the cloud gives them a range of their own."""
    service_cidr: Cidr = "172.20.0.0/16"
    """Virtual addresses of Services."""
    zones: Annotated[int, Field(ge=1, le=6)] = 3
    """Availability zones used."""
    nat: Literal["single", "per-zone"] = "single"
    """NAT gateways for outgoing traffic: one, or one a zone."""
    flow_log_retention_days: RetentionDays = 365
    """Days that flow logs are kept."""
    existing: ExistingNetwork | None = None
    """A network that is there already: Terraform reads it and makes none."""


class State(Section):
    """Where Terraform keeps its state. One per environment, never shared."""

    bucket: Annotated[str, Field(min_length=3, max_length=63)]
    """S3 or Cloud Storage bucket, or Azure storage account."""
    region: str | None = None
    """Region of the bucket; the environment's when absent."""
    resource_group: Annotated[str, Field(pattern=r"^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$")] | None = None
    """Resource group of the storage account (Azure)."""
    container: Annotated[str, Field(pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$")] = "tfstate"
    """Container in the storage account (Azure)."""


class Cloud(Section):
    """One cloud an environment can run in."""

    account: str
    """AWS account id, Google Cloud project id, or Azure subscription id."""
    region: str
    """Region everything runs in."""
    recovery_region: str | None = None
    """Region that backups and copies go to."""
    security_group: Annotated[str, Field(pattern=r"^gke-security-groups@[a-z0-9.-]+$")] | None = None
    """Google Cloud: the group whose members are the groups of `teams`; without it GKE knows people only one by one
    (https://cloud.google.com/kubernetes-engine/docs/how-to/google-groups-rbac)."""
    state: State
    """Where Terraform keeps its state."""


class ChangeWindow(Section):
    """When an environment may change."""

    schedule: Cron
    """When the window opens, `0 9 * * 1-4`."""
    hours: Annotated[int, Field(ge=1, le=168)]
    """Hours it stays open."""
    time_zone: Annotated[str, Field(pattern=r"^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$")] = "UTC"
    """Time zone of the schedule, from the tz database."""


class Wired(Section):
    """What only an apply can know and others need; written by `qcdk wire`, and by nobody else."""

    target: CloudName
    """Cloud that it was read from."""
    cluster_endpoint: str | None = None
    """Address of the Kubernetes API."""
    name_servers: list[DnsName] = []
    """Where the parent domain delegates the environment's domain to."""
    client_ids: dict[Name, str] = {}
    """Azure's id of each component's identity."""
    hosts: dict[Name, DnsName] = {}
    """Host of each component that the cloud manages and that has one."""


class Environment(Section):
    """An environment: `apps/environments/<name>.yaml`, merged with what it extends."""

    name: Name
    """Name of the environment: the file's."""
    extends: Name | None = None
    """Environment in the same folder whose values this one starts from."""
    description: str = ""
    """What it is for, in a sentence."""
    shares: list[Name] = []
    """Environments whose namespace in the same cluster, or whose host, this one uses, too: without it that is refused.
    Never taken from the environment it extends."""
    target: Target
    """Where it runs: a cluster that is already there (local), or one of `clouds`."""
    clouds: dict[CloudName, Cloud] = {}
    """Account, regions and state for each cloud it can run in; `target` chooses."""
    domain: DnsName
    """Domain its addresses are under."""
    namespace: Name | None = None
    """Kubernetes namespace; the system's name when absent."""
    size: SizeName = "small"
    """Size of components that set none."""
    replicas: Replicas = Replicas(min=1, max=1)
    """Replicas of components that set none."""
    high_availability: bool = False
    """Keep working when a zone is lost: several replicas of everything, standby databases."""
    registry: Registry
    """Registry of the images that are built with the system."""
    existing_registry: ExistingRegistry | None = None
    """Says that `registry` is there already: Terraform reads it and makes none."""
    release: Release
    """What is deployed."""
    cluster: Cluster
    """The Kubernetes cluster."""
    network: Network | None = None
    """The network; needed in a cloud."""
    delivery: Literal["argocd", "helm", "manual"] = "helm"
    """Who applies a release. argocd: Argo CD does, once the pipeline has committed it. helm: the pipeline does; Argo CD
    shows drift and changes nothing by itself. manual: people do; neither has anything for the environment."""
    approval: bool = True
    """Whether somebody must allow each deployment by the pipeline. Never taken from the environment it extends."""
    change_windows: list[ChangeWindow] = []
    """When Argo CD may change it, with `delivery: argocd`; always when empty."""
    owners: Annotated[list[Email], Field(min_length=1)]
    """Who answers for it."""
    tags: dict[str, str] = {}
    """Tags on every cloud resource."""
    components: dict[Name, SerializeAsAny[Settings]] = {}
    """What this environment says of single components: size, replicas, volume, and who runs a store."""
    traffic: Traffic = Traffic()
    """What may come in from outside."""
    teams: dict[Name, Team] = {}
    """Who may do what with the namespace."""
    quota: Quota = Quota()
    """What the namespace may use at most."""
    patches: dict[Name, Patch] = {}
    """Changes to single objects here, after those of the system; by a name of your choice. One that extends another
    environment's replaces it as a whole."""
    wired: Wired | None = None
    """What only an apply can know, recorded by `qcdk wire`."""

    @property
    def cloud(self) -> Cloud | None:
        """The cloud that `target` chooses; none for a local cluster, nor where its settings are missing: a problem."""
        return None if self.target == "local" else self.clouds.get(self.target)
