"""The Kubernetes cluster that an environment runs in."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
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
    """Machines of one kind that the cluster may add and remove."""

    cpu: Annotated[int, Field(ge=2, le=192)]
    """CPU cores of a node."""
    memory: Bytes
    """Memory of a node."""
    min_nodes: Annotated[int, Field(ge=0, le=1000)]
    """Nodes at rest, over all zones."""
    max_nodes: Annotated[int, Field(ge=1, le=1000)]
    """Nodes under load, over all zones."""
    disk: Bytes = "50Gi"
    """Root disk of a node."""
    spot: bool = False
    """Whether the nodes may be taken away at short notice, for a lower price."""
    machine_type: str | None = None
    """The cloud's name of a machine; the smallest general-purpose one that fits when absent."""
    architecture: Literal["amd64", "arm64"] = "amd64"
    """Architecture of the nodes."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Labels of the nodes, besides `node-pool` with the name of the pool."""
    taints: list[Taint] = []
    """Taints of the nodes: only pods that tolerate them run there."""
    gpus: Annotated[int, Field(ge=0, le=16)] = 0
    """GPUs of a node; `machine_type` says which machine has them."""
    gpu_type: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] | None = None
    """Google Cloud's name of the GPU, such as `nvidia-l4`; the other clouds know it by the machine."""


class Addons(Section):
    """What the cluster offers beyond Kubernetes itself; each turns on the objects that use it."""

    keda: bool = False
    """Scaling on the bus's backlog (https://keda.sh)."""
    cert_manager: bool = False
    """TLS certificates (https://cert-manager.io)."""
    external_secrets: bool = False
    """Secrets from the cloud's secret store (https://external-secrets.io)."""
    prometheus_operator: bool = False
    """Metrics and alerts (https://prometheus-operator.dev)."""
    gateway_api: bool = False
    """HTTPRoute in place of Ingress (https://gateway-api.sigs.k8s.io)."""
    velero: bool = False
    """Volume backups (https://velero.io)."""
    kyverno: bool = False
    """Refusal of images that the release pipeline has not signed (https://kyverno.io); needs `release.signature`."""
    tracing: bool = False
    """A store of traces that takes OTLP, such as Grafana Tempo or Jaeger; needs the system's `trace_collector`."""
    cilium: bool = False
    """Egress by host name with CiliumNetworkPolicy (https://cilium.io)."""


class ExistingCluster(Section):
    """A cluster that is there already, in a network that is."""

    name: CloudResource
    """Name of the cluster."""
    resource_group: CloudResource | None = None
    """Azure: resource group of the cluster."""
    node_tag: CloudResource | None = None
    """Google Cloud: network tag of its nodes, by which managed databases admit them."""


class Cluster(Section):
    """The Kubernetes cluster."""

    kubernetes_version: KubernetesVersion
    """Minor version of the control plane."""
    context: str
    """Name of the kubectl context; a deployment to any other is refused."""
    private_endpoint: bool = True
    """Whether the API is reachable from inside the network only."""
    authorized_cidrs: list[Cidr] = []
    """Addresses that may reach a public API endpoint."""
    mode: Literal["standard", "autopilot"] = "standard"
    """standard: nodes are those of `node_pools`. autopilot: the cloud chooses them (Google Cloud only)."""
    node_pools: dict[Name, NodePool] = {}
    """Node pools by name; none for a local cluster, nor with autopilot."""
    existing: ExistingCluster | None = None
    """A cluster that is there already: Terraform reads it and makes none. `node_pools` only say what room it has."""
    addons: Addons = Addons()
    """What the cluster offers beyond Kubernetes itself."""
    ingress_class: Name = "nginx"
    """Ingress class that serves this environment, without `gateway_api`."""
    ingress_namespace: Name | None = None
    """Namespace of the pods that let requests in, and of the Gateway: `envoy-gateway-system` with `gateway_api` and the
    policies of Envoy Gateway, else `ingress-nginx`, when absent."""
    monitoring_namespace: Name = "monitoring"
    """Namespace Prometheus' pods run in."""
    keda_namespace: Name = "keda"
    """Namespace KEDA's pods run in."""
    tracing_namespace: Name = "monitoring"
    """Namespace of the store of traces."""
    tracing_service: Name = "tempo"
    """Service of the store of traces that takes OTLP over gRPC."""
    tracing_port: Port = 4317
    """Port of that Service and of the pods behind it."""
    gateway: Name = "public"
    """Name of the Gateway that HTTPRoutes attach to, in the ingress namespace."""
    cluster_issuer: Name = "letsencrypt"
    """cert-manager issuer of the certificates."""
    gateway_policies: Literal["envoy"] | None = "envoy"
    """Whose policies enforce the limits of `traffic` with Gateway API: Envoy Gateway's."""
    storage_class: Name | None = None
    """Storage class of volumes; the cluster's default when absent."""

    @property
    def entrance_namespace(self) -> str:
        """Namespace of the pods that let requests in."""
        envoy = self.addons.gateway_api and self.gateway_policies == "envoy"
        return self.ingress_namespace or ("envoy-gateway-system" if envoy else "ingress-nginx")
