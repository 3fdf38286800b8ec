"""The environment of a system: every value that can differ between environments."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SerializeAsAny

from quantacirc_cdk.limits import cloud_access, cloud_names, formats
from quantacirc_cdk.limits.kubernetes import ObjectName
from quantacirc_cdk.model.audit_trail import AuditTrail
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.bounds import Quota, Team, Traffic
from quantacirc_cdk.model.budget import Budget
from quantacirc_cdk.model.cluster import Cluster
from quantacirc_cdk.model.component import Replicas, Settings, SizeName
from quantacirc_cdk.model.network import Network
from quantacirc_cdk.model.patches import Patch
from quantacirc_cdk.model.values import (
    CloudResource,
    Cron,
    Digest,
    DnsName,
    Email,
    HostName,
    Name,
    Registry,
    Tag,
    TimeZone,
    Version,
)

ENVIRONMENTS_FOLDER = Path("apps/environments")
"""Folder of the environment files in a project."""

Target = Literal["local", "aws", "gcp", "azure"]
CloudName = Literal["aws", "gcp", "azure"]


def environment_file(name: str) -> str:
    """Return the path of an environment's file, relative to the project."""
    return f"{ENVIRONMENTS_FOLDER.as_posix()}/{name}.yaml"


class ImageRelease(Section):
    """One image of a release."""

    tag: Tag | None = None
    """Tag; the release's version when absent."""
    digest: Digest | None = None
    """Digest, which pins the image."""


Attestation = Literal["cyclonedx", "slsaprovenance1"]
"""Type of a signed statement about an image, as cosign names it."""


class Signature(Section):
    """Keyless signature of a release's images: the identity of the pipeline that signs them."""

    issuer: formats.HttpsAddress
    """Address of the OpenID Connect issuer of the pipeline's identity."""
    subject: Annotated[str, Field(min_length=1)]
    """Subject of the pipeline's identity; `*` matches anything."""
    attestations: list[Attestation] = ["cyclonedx", "slsaprovenance1"]
    """What the pipeline attests of each image, and a deployment verifies: `cyclonedx`, its bill of materials, and
    `slsaprovenance1`, its origin. Empty for a pipeline that signs images alone."""


class Release(Section):
    """The deployed version and its images."""

    version: Version
    """Version of the system, in any scheme; the chart uses the nearest semantic version."""
    images: dict[Name, ImageRelease] = {}
    """Tag and digest of each image that is built with the system; written by `qcdk release`. Never inherited through
    `extends`."""
    require_digests: bool = False
    """Refuse an image without a digest."""
    signature: Signature | None = None
    """Signer of the images that are built with the system."""


class ExistingRegistry(Section):
    """An existing image registry, with `registry` as its address."""

    resource_group: CloudResource | None = None
    """Azure: resource group of the registry."""


class State(Section):
    """Location of the Terraform state. One per environment, never shared."""

    bucket: Annotated[str, Field(min_length=3, max_length=63)]
    """S3 or Cloud Storage bucket, or Azure storage account."""
    region: str | None = None
    """Region of the bucket; the environment's when absent."""
    resource_group: cloud_names.ResourceGroup | None = None
    """Resource group of the storage account (Azure)."""
    container: cloud_names.BlobContainer = "tfstate"
    """Container in the storage account (Azure)."""


class Cloud(Section):
    """A cloud that the environment can run in."""

    account: str
    """AWS account id, Google Cloud project id, or Azure subscription id."""
    region: str
    """Region of all resources."""
    recovery_region: str | None = None
    """Region for backups and copies."""
    security_group: cloud_names.SecurityGroup | None = None
    """Google Cloud: group that contains the groups of `teams`; without it, GKE recognizes only individual users
    (https://cloud.google.com/kubernetes-engine/docs/how-to/google-groups-rbac)."""
    team_roles: dict[Name, Annotated[list[cloud_access.IamRole], Field(min_length=1)]] = {}
    """AWS: IAM roles that belong to the group of a team in Kubernetes, by the name of the team: names of roles in this
    account, with their path, or ARNs. The stack creates an access entry for each role; without it, EKS knows nobody of
    the team."""
    state: State
    """Location of the Terraform state."""


class ChangeWindow(Section):
    """A time window for changes of an environment."""

    schedule: Cron
    """Cron schedule of the start of the window, `0 9 * * 1-4`."""
    hours: Annotated[int, Field(ge=1, le=168)]
    """Length of the window in hours."""
    time_zone: TimeZone = "UTC"
    """Time zone of the schedule, from the tz database."""


class Notifications(Section):
    """Recipients of messages about releases that Argo CD or Flux delivers, besides the owners."""

    slack: Annotated[list[formats.SlackChannel], Field(min_length=1)]
    """Slack channels, such as `deployments`, without `#`."""


class Previews(Section):
    """Previews of pull requests: Argo CD runs the head of each in a namespace `<namespace>-pr-<number>`, and deletes it
    with the pull request."""

    label: formats.PullRequestLabel
    """Label that a pull request needs. Who may set it decides whose code runs in the cluster."""
    host: Literal["github", "gitlab"] | None = None
    """Software of the host of `source.repository`, unless that is github.com or gitlab.com."""
    secret: ObjectName | None = None
    """Secret in Argo CD's namespace with an access token in the key `token`, which may read pull requests. None for a
    public repository. You create it."""
    images: Literal["released", "commit"] = "released"
    """Images of the system that previews run. released: those in the files of the pull request. commit: those with a
    tag of the first twelve digits of its last commit, which a pipeline of yours pushes for each commit."""


class Wired(Section):
    """Values that are known only after an apply. Written only by `qcdk wire`."""

    target: CloudName
    """Cloud of these values."""
    cluster_endpoint: cloud_names.ClusterEndpoint | None = None
    """Address of the Kubernetes API."""
    name_servers: list[DnsName] = []
    """Name servers that the parent domain must delegate the environment's domain to."""
    client_ids: dict[Name, cloud_names.ClientId] = {}
    """Azure: client id of each component's identity."""
    hosts: dict[Name, DnsName] = {}
    """Host of each managed component that has one."""


class Environment(Section):
    """An environment: `apps/environments/<name>.yaml`, merged with what it extends."""

    name: Name
    """Name of the environment: the file's name."""
    extends: Name | None = None
    """Environment in the same folder that this one inherits its values from."""
    description: str = ""
    """Its purpose, in a sentence."""
    shares: list[Name] = []
    """Environments that may have the same namespace in the same cluster, or the same host, as this one; refused
    otherwise. Never inherited through `extends`."""
    target: Target
    """Where it runs: an existing cluster (local), or one of `clouds`."""
    clouds: dict[CloudName, Cloud] = {}
    """Account, regions and state for each cloud that it can run in; `target` selects one."""
    domain: HostName
    """Domain of its host names."""
    namespace: Name | None = None
    """Kubernetes namespace; the system's name when absent."""
    size: SizeName = "small"
    """Size of components without one."""
    replicas: Replicas = Replicas(min=1, max=1)
    """Replicas of components without their own, except of kind `stateful`; the minimum where nothing scales one."""
    disposable: bool = False
    """Let `terraform destroy` delete everything in it for good, so that it can be created again at once: buckets with
    their objects, images, secrets, and databases without a last snapshot. Never inherited through `extends`."""
    high_availability: bool = False
    """Survive the loss of a zone: several replicas, standby databases. A component of which there can be only one has
    `replicas: { min: 1, max: 1 }`. A `stateful` component states its replicas."""
    registry: Registry
    """Registry of the images that are built with the system."""
    existing_registry: ExistingRegistry | None = None
    """Marks `registry` as existing: Terraform reads it instead of creating one."""
    pull_secrets: list[ObjectName] = []
    """Secrets of the namespace with the credentials of image registries, for every pod; a component's own are used
    beside them. You create them."""
    release: Release
    """The deployed version and its images."""
    cluster: Cluster
    """The Kubernetes cluster."""
    network: Network | None = None
    """The network; required in a cloud."""
    delivery: Literal["argocd", "helm", "manual"] = "helm"
    """Who applies a release. argocd: Argo CD, after the pipeline has committed it. helm: the pipeline; Argo CD only
    shows drift. manual: you; the pipeline and Argo CD have nothing for the environment."""
    infrastructure: Literal["pipeline", "manual"] = "manual"
    """Who applies its Terraform stack. pipeline: the pipeline plans each change of the stack on its pull request,
    applies the reviewed plan before the release, and looks for drift every night. manual: you. Never inherited
    through `extends`."""
    approval: bool = True
    """Require an approval for each deployment, and for each apply of its stack, by the pipeline. Never inherited
    through `extends`."""
    change_windows: list[ChangeWindow] = []
    """When it may be changed, by the pipeline, `qcdk deploy`, `scripts/deploy.sh` or Argo CD; always when empty. An
    emergency needs a reason, which the record keeps. Rollbacks are always possible."""
    owners: Annotated[list[Email], Field(min_length=1)]
    """E-mail addresses of the people responsible for it."""
    notifications: Notifications | None = None
    """Where Argo CD and Flux report that a release runs, fails or is not healthy. Argo CD also sends the owners an
    e-mail."""
    budget: Budget | None = None
    """What it may cost in a month; in a cloud."""
    audit_trail: AuditTrail | None = None
    """Who did what in its account; in a cloud. None when absent. Never inherited through `extends`."""
    previews: Previews | None = None
    """Previews of pull requests, each in a namespace beside this environment's; none when absent. Never inherited
    through `extends`."""
    tags: dict[str, str] = {}
    """Tags on every cloud resource."""
    components: dict[Name, SerializeAsAny[Settings]] = {}
    """Settings of single components in this environment: size, replicas, volume, provider of a store."""
    traffic: Traffic = Traffic()
    """Limits on traffic from outside."""
    teams: dict[Name, Team] = {}
    """Groups of people, and their permissions in the namespace."""
    quota: Quota = Quota()
    """Maximum resources of the namespace."""
    patches: dict[Name, Patch] = {}
    """Patches of single objects in this environment, by a name of your choice; applied after those of the system. A
    patch replaces the inherited one of the same name."""
    wired: Wired | None = None
    """Values that are known only after an apply, recorded by `qcdk wire`."""

    def namespace_for(self, system: str) -> str:
        """Return the Kubernetes namespace of a system: its own name where the environment sets none."""
        return self.namespace or system

    @property
    def cloud(self) -> Cloud | None:
        """Return the cloud that `target` selects. None for a local cluster, and if the settings of the cloud are
        missing, which is reported as a problem.
        """
        return None if self.target == "local" else self.clouds.get(self.target)

    @property
    def backup_region(self) -> str | None:
        """Return the other region that managed databases and caches copy their backups to, if they are to survive the
        loss of one.
        """
        return self.cloud.recovery_region if self.cloud and self.high_availability else None
