"""The Kubernetes cluster that an environment runs in."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.limits import cloud_names, kubernetes
from quantacirc_cdk.limits.formats import Day
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import Bytes, Cidr, CloudResource, KubernetesVersion, Name, Port


class Taint(Section):
    """A taint of nodes."""

    key: kubernetes.LabelKey
    """Key of the taint."""
    value: kubernetes.LabelValue = ""
    """Value of the taint."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"
    """What happens to pods that do not tolerate it."""


class NodePool(Section):
    """A group of equal machines that the cluster scales."""

    cpu: Annotated[int, Field(ge=2, le=192)]
    """CPU cores of a node."""
    memory: Bytes
    """Memory of a node."""
    min_nodes: Annotated[int, Field(ge=0, le=1000)]
    """Minimum nodes, over all zones."""
    max_nodes: Annotated[int, Field(ge=1, le=1000)]
    """Maximum nodes, over all zones."""
    disk: Bytes = "50Gi"
    """Root disk of a node."""
    spot: bool = False
    """Use spot nodes: cheaper, and the cloud may reclaim them at short notice."""
    machine_type: str | None = None
    """The cloud's name of a machine type; the smallest general-purpose one that fits when absent."""
    spot_machine_types: Annotated[list[str], Field(max_length=19)] = []
    """AWS: further machine types that spot nodes may have, so that one without capacity stops nothing. They have the
    architecture and the GPUs of `machine_type`, and should be as large."""
    architecture: Literal["amd64", "arm64"] | None = None
    """Architecture of the nodes; that of `machine_type` when absent, or amd64."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Additional labels of the nodes; `node-pool` is always set to the name of the pool."""
    taints: list[Taint] = []
    """Taints of the nodes: only pods with a matching toleration run there."""
    gpus: Annotated[int, Field(ge=0, le=16)] = 0
    """Number of GPUs in a node; requires a `machine_type` that has them."""
    gpu_type: cloud_names.GpuType | None = None
    """Google Cloud: name of the GPU, such as `nvidia-l4`. On other clouds, the machine type implies it."""


class Addons(Section):
    """Add-ons that the cluster offers; each one turns on the objects that use it."""

    keda: bool = False
    """Scaling on the bus's backlog (https://keda.sh)."""
    cert_manager: bool = False
    """TLS certificates (https://cert-manager.io)."""
    external_secrets: bool = False
    """Secrets from the cloud's secret store (https://external-secrets.io)."""
    prometheus_operator: bool = False
    """Metrics and alerts (https://prometheus-operator.dev)."""
    gateway_api: bool = True
    """HTTPRoutes of the Gateway API (https://gateway-api.sigs.k8s.io), unless the cluster has an `ingress_class`."""
    velero: bool = False
    """Volume backups (https://velero.io)."""
    argo_rollouts: bool = False
    """Releases in steps (https://argoproj.github.io/rollouts/)."""
    kyverno: bool = False
    """Policy that admits only images signed by the release pipeline (https://kyverno.io); requires
    `release.signature`."""
    tracing: bool = False
    """A trace store that receives OTLP, such as Grafana Tempo or Jaeger; requires the system's `trace_collector`."""
    cilium: bool = False
    """Egress by host name, and connections from nodes and to an API on a node, with CiliumNetworkPolicy
    (https://cilium.io)."""


class MaintenanceExclusion(Section):
    """Days on which the cloud does not upgrade the cluster, in UTC."""

    first_day: Day
    """The first day: 2026-12-18."""
    last_day: Day
    """The last day: 2027-01-06."""


class VeleroStore(Section):
    """The bucket of an environment for the backups of its cluster."""

    retention_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days in which a backup that Velero has deleted can still be restored from the bucket."""
    replicate: bool = False
    """Copy the backups to the recovery region. Snapshots of volumes stay in the region."""


class ExistingCluster(Section):
    """An existing cluster, in an existing network."""

    name: CloudResource
    """Name of the cluster."""
    resource_group: CloudResource | None = None
    """Azure: resource group of the cluster."""
    node_tag: CloudResource | None = None
    """Google Cloud: network tag of its nodes; managed databases allow connections from nodes with this tag."""


class Cluster(Section):
    """The Kubernetes cluster."""

    kubernetes_version: KubernetesVersion
    """Minor version of the control plane, the nodes and the add-ons (docs/upgrades.md)."""
    context: str
    """Name of the kubectl context; a deployment to any other context is refused."""
    private_endpoint: bool = True
    """Make the API reachable only from inside the network."""
    authorized_cidrs: list[Cidr] = []
    """Addresses that may reach a public API endpoint."""
    operator_cidrs: list[Cidr] = []
    """Addresses outside the network that may reach the private API endpoint: of a VPN, a peered network or the runners
    of a pipeline. AWS and Google Cloud; on Azure, networks that are connected reach it already."""
    dns_endpoint: bool = False
    """Google Cloud: also reach the API by its DNS name, from anywhere, as whom IAM allows."""
    mode: Literal["standard", "autopilot"] = "standard"
    """standard: nodes come from `node_pools`. autopilot: the cloud manages the nodes (Google Cloud only)."""
    node_pools: dict[Name, NodePool] = {}
    """Node pools by name; empty for a local cluster and with autopilot."""
    system_pool: Name | None = None
    """Azure: the node pool that AKS creates with the cluster and runs its own pods on. Required when several pools
    could be it: those that are not spot and have no taints and at least one node. Another one replaces the cluster."""
    node_image: cloud_names.BottlerocketRelease | None = None
    """AWS: release of Bottlerocket on all nodes, `1.49.0-713f44ce`. When absent, each plan takes the latest release.
    The other clouds update node images themselves, in the maintenance window."""
    session_manager: bool = False
    """AWS: let operators open a session on a node with Session Manager, as whom IAM allows; no port is opened."""
    load_balancer_controller: bool = False
    """AWS: create the permissions of the AWS Load Balancer Controller (docs/terraform-aws.md). The other clouds run
    their own."""
    maintenance_exclusions: dict[Name, MaintenanceExclusion] = {}
    """Google Cloud and Azure: days on which the cloud upgrades neither the control plane nor nodes, by name. EKS
    upgrades only when you raise `kubernetes_version`."""
    autoscaler: Literal["cluster-autoscaler", "karpenter", "none"] | None = None
    """AWS: what adds and removes nodes, for which the stack creates the permissions. cluster-autoscaler, the default:
    it moves each pool between `min_nodes` and `max_nodes`. karpenter: the stack keeps `min_nodes` of each pool, and
    Karpenter adds the others. none: each pool has a fixed size. The other clouds run their own autoscaler."""
    dns_programs: list[Literal["cert-manager", "external-dns"]] = []
    """Programs in the cluster that may change records of the environment's DNS zone. The stack creates an identity for
    the service account with the name of the program, in the namespace of the same name. cert-manager: challenges of
    DNS-01. external-dns: all records."""
    velero_store: VeleroStore | None = None
    """A private, versioned and encrypted bucket for Velero, and an identity for its service account, which keeps
    backups there and takes snapshots of volumes (docs/operators.md). Not created when absent."""
    existing: ExistingCluster | None = None
    """An existing cluster, which Terraform reads instead of creating one. `node_pools` then only describe its
    capacity."""
    addons: Addons = Addons()
    """Add-ons that the cluster offers."""
    ingress_class: Name | None = None
    """IngressClass of this environment: Ingresses replace the HTTPRoutes of the Gateway API."""
    ingress_namespace: Name | None = None
    """Namespace of the pods that let requests in, and of the Gateway. When absent, `envoy-gateway-system`, or
    `ingress-nginx` with the `ingress_class` nginx; another class requires it."""
    monitoring_namespace: Name = "monitoring"
    """Namespace of Prometheus' pods."""
    prometheus_service: Name = "prometheus-operated"
    """Service of Prometheus in that namespace, which Argo Rollouts reads objectives from."""
    prometheus_port: Port = 9090
    """Port of that Service."""
    keda_namespace: Name = "keda"
    """Namespace of KEDA's pods."""
    tracing_namespace: Name = "monitoring"
    """Namespace of the trace store."""
    tracing_service: Name = "tempo"
    """Service of the trace store that receives OTLP over gRPC."""
    tracing_port: Port = 4317
    """Port of that Service and of the pods behind it."""
    gateway: Name = "public"
    """Name of the Gateway that HTTPRoutes attach to, in the ingress namespace; docs/kubernetes.md shows one."""
    cluster_issuer: Name = "letsencrypt"
    """cert-manager ClusterIssuer for the certificates."""
    wildcard_issuer: Name | None = None
    """cert-manager ClusterIssuer for the certificates of routes with a wildcard host. It proves domains by DNS-01,
    because HTTP-01 cannot issue wildcards; the name of `cluster_issuer` if that one does."""
    route_certificates: Literal["cert-manager", "gateway", "none"] | None = None
    """Certificates of public routes. cert-manager: one for each route, from `cluster_issuer` or `wildcard_issuer`; the
    default with that add-on. gateway: the Gateway's listener `https`, or the Ingress controller, has one for all hosts.
    none: the routes use plain HTTP, for a local environment, its default, or where TLS ends before the cluster."""
    gateway_policies: Literal["envoy"] | None = "envoy"
    """Implementation whose policies enforce the limits of `traffic` with Gateway API: Envoy Gateway."""
    storage_class: Name | None = None
    """StorageClass of volumes; the cluster's default when absent."""

    @property
    def certificates(self) -> Literal["cert-manager", "gateway", "none"]:
        """Certificates of public routes."""
        return self.route_certificates or ("cert-manager" if self.addons.cert_manager else "none")

    @property
    def entrance_namespace(self) -> str:
        """Namespace of the pods that let requests in."""
        return self.ingress_namespace or ("envoy-gateway-system" if self.has_gateway else "ingress-nginx")

    @property
    def has_gateway(self) -> bool:
        """Whether HTTP routes use the Gateway API; Ingresses otherwise."""
        return self.addons.gateway_api and self.ingress_class is None


OF_NEW_CLUSTERS = (
    "authorized_cidrs",
    "autoscaler",
    "dns_endpoint",
    "load_balancer_controller",
    "maintenance_exclusions",
    "operator_cidrs",
    "session_manager",
    "velero_store",
)
"""Settings of a cluster that Terraform creates, without effect on any other."""
