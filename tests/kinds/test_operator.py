"""The operators that manifests need are installed before them, from a project that nobody here has seen."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kinds.operator.recipes import RECIPES
from quantacirc_cdk.kinds.operator.spec import Operator
from quantacirc_cdk.kinds.operator.values import values_of
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.chart_release import ChartRelease, chart_releases
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.operations.operators import OPERATORS
from quantacirc_cdk.terraform.aws.load_balancer_controller import SERVICE_ACCOUNT
from support.gitops.schemas import schema_errors
from support.made import chart_differences, synthesize
from support.project import Project

pytestmark = pytest.mark.integration

MIRROR = "chart: oci://registry.tides.example/charts/"
VELERO = """\
values:
      configuration: { backupStorageLocation: [{ provider: aws, bucket: tides-volumes }] }
      initContainers: [{ name: plugin, image: registry.tides.example/velero-plugin-for-aws }]
"""
OPERATORS_HERE = {
    "scaler": ("cluster-autoscaler", f"{MIRROR}cluster-autoscaler"),
    "karpenter": ("karpenter", ""),
    "metrics": ("prometheus-operator", ""),
    "way-in": ("envoy-gateway", ""),
    "certificates": ("cert-manager", ""),
    "argocd": ("argo-cd", ""),
    "balancers": ("aws-load-balancer-controller", f"{MIRROR}aws-load-balancer-controller"),
    "records": ("external-dns", f"{MIRROR}external-dns"),
    "usage": ("metrics-server", f"{MIRROR}metrics-server"),
    "rollouts": ("argo-rollouts", ""),
    "secrets": ("external-secrets", ""),
    "scaling": ("keda", f"{MIRROR}keda"),
    "policies": ("kyverno", ""),
    "snapshots": ("velero", VELERO),
}


def digest(name: str) -> str:
    return f"sha256:{sorted(OPERATORS_HERE).index(name) + 1:064x}"


def section(name: str, operator: str, more: str) -> str:
    first = f"  {name}:\n    kind: operator\n    operator: {operator}\n    version: 1.2.3\n    digest: {digest(name)}\n"
    return first + (f"    {more.rstrip()}\n" if more else "")


SYSTEM = f"""\
name: tides
source: {{ repository: https://git.tides.example/tides.git }}
container:
  {{ environment_prefix: TIDES_, http_port: 8080, metrics_port: 9090, startup_path: /up, liveness_path: /up,
     readiness_path: /up }}
sizes:
  small: {{ cpu: 100m, memory: 128Mi, memory_limit: 256Mi }}
images:
  gauge: {{ repository: gauge }}
  postgres: {{ registry: docker.io, repository: library/postgres, tag: "17" }}
components:
  forecast: {{ kind: service, image: gauge, exposed: true, reaches: [levels] }}
  levels: {{ kind: postgresql, image: postgres, storage: {{ size: 10Gi, path: /pg }} }}
{"".join(section(name, *about) for name, about in OPERATORS_HERE.items())}"""

HARBOUR = """\
target: aws
delivery: argocd
clouds:
  aws:
    account: "222233334444"
    region: eu-west-1
    recovery_region: eu-north-1
    state: { bucket: tides-harbour-state }
domain: harbour.tides.example
registry: registry.tides.example/tides
release:
  version: 2.0.0
  signature: { issuer: "https://issuer.tides.example", subject: "https://git.tides.example/*" }
replicas: { min: 2, max: 3 }
cluster:
  kubernetes_version: "1.34"
  context: harbour
  monitoring_namespace: watch
  keda_namespace: scaling
  autoscaler: karpenter
  load_balancer_controller: true
  dns_programs: [external-dns]
  node_pools:
    workers: { cpu: 4, memory: 16Gi, min_nodes: 3, max_nodes: 9 }
  addons:
    { keda: true, cert_manager: true, external_secrets: true, prometheus_operator: true, velero: true,
      argo_rollouts: true, kyverno: true }
network: { cidr: 10.60.0.0/16, zones: 3, nat: per-zone }
components:
  levels: { cpu: 2, memory: 8Gi, storage: 50Gi, max_storage: 100Gi, backup_retention_days: 7 }
owners: [crew@tides.example]
"""

BOATHOUSE = """\
target: local
delivery: argocd
domain: boathouse.tides.example
registry: registry.tides.example/tides
release: { version: 2.0.0 }
cluster:
  kubernetes_version: "1.34"
  context: kind-boathouse
  addons: { gateway_api: true, cert_manager: true }
components:
  certificates: { version: 1.3.0, digest: "sha256:DIGEST", values: { replicaCount: 1 } }
owners: [crew@tides.example]
""".replace("DIGEST", "9" * 64)


ON_AWS = "  autoscaler: karpenter\n  load_balancer_controller: true\n"
PROGRAMS = "  dns_programs: [external-dns]\n"


def tides(root: Path) -> Project:
    """Return the project: a cloud that uses every add-on, and a laptop with two."""
    project = Project(root)
    project.write_system(SYSTEM)
    project.write_environment("harbour", HARBOUR)
    project.write_environment("boathouse", BOATHOUSE)
    return project


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = tides(tmp_path_factory.mktemp("tides"))
    said = synthesize(project)
    assert "certificates" not in said, "Compose has nothing that needs an operator"
    return project


@pytest.fixture(scope="module")
def releases(made: Project) -> dict[str, dict[str, ChartRelease]]:
    project = load_project(made.root)
    return {
        name: {one.name: one for one in chart_releases(Site(project.system, environment))}
        for name, environment in project.environments.items()
    }


def documents(made: Project, path: str) -> dict[tuple[str, str], dict[str, Any]]:
    text = (made.root / "dist" / path).read_text()
    return {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load_all(text)}


def faults(found: dict[tuple[str, str], dict[str, Any]]) -> list[str]:
    """Return what is wrong by the schemas, which leave the values of a chart open."""
    return [one for one in schema_errors(list(found.values())) if "/values/" not in one and "/valuesObject/" not in one]


def test_an_environment_has_the_operators_that_it_uses(releases: dict[str, dict[str, ChartRelease]]) -> None:
    # Neither the autoscaler that was not chosen nor Argo CD, which only one of several clusters runs.
    assert set(releases["harbour"]) == set(OPERATORS_HERE) - {"scaler", "argocd"}
    assert set(releases["boathouse"]) == {"way-in", "certificates"}
    assert releases["boathouse"]["certificates"].digest == "sha256:" + "9" * 64
    assert releases["harbour"]["certificates"].digest == digest("certificates")


def test_they_are_where_the_environment_expects_them(releases: dict[str, dict[str, ChartRelease]]) -> None:
    assert {name: one.namespace for name, one in releases["harbour"].items()} == {
        "karpenter": "kube-system",
        "metrics": "watch",
        "way-in": "envoy-gateway-system",
        "certificates": "cert-manager",
        "rollouts": "argo-rollouts",
        "secrets": "external-secrets",
        "scaling": "scaling",
        "policies": "kyverno",
        "snapshots": "velero",
        "balancers": "kube-system",
        "records": "external-dns",
        "usage": "kube-system",
    }


def test_nodes_come_first_and_the_gateway_api_before_cert_manager_looks_for_it(
    releases: dict[str, dict[str, ChartRelease]],
) -> None:
    waves = {name: one.wave for name, one in releases["harbour"].items()}
    assert waves["karpenter"] < waves["metrics"] < waves["way-in"] < waves["certificates"] < waves["secrets"] < 0
    config = releases["harbour"]["certificates"].values["config"]
    assert config["enableGatewayAPI"] is True


def test_values_follow_from_the_model_and_from_the_project(releases: dict[str, dict[str, ChartRelease]]) -> None:
    found = {name: one.values for name, one in releases["harbour"].items()}
    assert found["karpenter"]["settings"] == {"clusterName": "tides-harbour", "interruptionQueue": "tides-harbour"}
    assert found["karpenter"]["serviceAccount"] == {"name": "karpenter"}
    assert found["secrets"]["serviceAccount"] == {"name": "external-secrets"}
    assert found["metrics"]["kubeEtcd"] == {"enabled": False}
    assert found["metrics"]["prometheus"]["prometheusSpec"]["serviceMonitorSelectorNilUsesHelmValues"] is False
    assert found["snapshots"]["configuration"]["backupStorageLocation"][0]["bucket"] == "tides-volumes"
    assert releases["boathouse"]["certificates"].values["replicaCount"] == 1
    assert releases["boathouse"]["certificates"].values["crds"] == {"enabled": True, "keep": True}


def test_argo_cd_waits_for_them_and_may_create_what_is_of_the_cluster(made: Project) -> None:
    found = documents(made, "gitops/argocd/charts/harbour.yaml")
    assert faults(found) == []
    waves = {
        name: int(item["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for (kind, name), item in found.items()
        if kind == "Application"
    }
    assert waves.keys() == {f"tides-harbour-{name}" for name in OPERATORS_HERE} - {
        "tides-harbour-scaler",
        "tides-harbour-argocd",
    }
    assert all(wave < 0 for wave in waves.values())  # The ApplicationSet of the system has none, which is 0.
    for (kind, name), item in found.items():
        if kind == "AppProject":
            assert item["spec"]["clusterResourceWhitelist"] == [{"group": "*", "kind": "*"}], name
    source = found["Application", "tides-harbour-scaling"]["spec"]["source"]
    assert source["repoURL"] == "oci://registry.tides.example/charts/keda"
    assert source["targetRevision"] == digest("scaling")
    applications = documents(made, "gitops/argocd/applications/environments.yaml")
    # A commit that adds an operator and objects for it must not end in a sync that gave up.
    assert applications["ApplicationSet", "tides"]["spec"]["template"]["spec"]["syncPolicy"]["retry"]["limit"] == 12


def test_flux_applies_the_system_after_they_are_ready(made: Project) -> None:
    own = documents(made, "gitops/flux/harbour/tides.yaml")
    charts = documents(made, "gitops/flux-charts/harbour/charts.yaml")
    assert faults(own) == faults(charts) == []
    assert {kind for kind, _ in own} == {"GitRepository", "Kustomization"}
    first, system = (own["Kustomization", name]["spec"] for name in ("tides-harbour-charts", "tides-harbour"))
    assert system["dependsOn"] == [{"name": "tides-harbour-charts"}]
    assert "dependsOn" not in first
    assert (first["path"], first["wait"]) == ("./dist/gitops/flux-charts/harbour", True)
    assert (made.root / first["path"] / "charts.yaml").is_file()
    ignored = own["GitRepository", "tides-harbour"]["spec"]["ignore"].splitlines()
    assert "!/dist/gitops/flux-charts/harbour" in ignored
    assert "!/dist/kubernetes/harbour" in ignored
    certificates = charts["HelmRelease", "tides-certificates"]["spec"]
    assert {"name": "tides-way-in"} in certificates["dependsOn"]
    assert "suspend" not in certificates
    assert certificates["upgrade"]["crds"] == "CreateReplace"


def test_the_scripts_get_them_in_order(made: Project) -> None:
    text = (made.root / "dist/operations/harbour.env").read_text()
    lines = [line.removeprefix("CHARTS='").split() for line in text.splitlines() if " oci://" in line]
    assert [line[1] for line in lines][:4] == ["karpenter", "metrics", "way-in", "certificates"]
    assert {line[0] for line in lines} == {"before"}
    for _, name, _, chart, values in lines:
        assert chart.endswith(f"@{digest(name)}")
        assert (made.root / values).is_file()


@pytest.mark.slow
def test_the_chart_of_the_system_is_still_the_manifests(made: Project) -> None:
    assert chart_differences(made) == []


def test_nodes_of_the_other_autoscaler_and_its_region(tmp_path: Path) -> None:
    project = tides(tmp_path)
    project.replace_in_environment("harbour", "  autoscaler: karpenter\n", "")
    model = load_project(project.root)
    found = {one.name: one for one in chart_releases(Site(model.system, model.environments["harbour"]))}
    assert "karpenter" not in found
    values = found["scaler"].values
    assert (values["awsRegion"], values["autoDiscovery"]) == ("eu-west-1", {"clusterName": "tides-harbour"})
    assert values["rbac"]["serviceAccount"]["name"] == "cluster-autoscaler"


def test_argo_cd_itself_leaves_its_settings_to_the_files_for_it(tmp_path: Path) -> None:
    project = tides(tmp_path)
    project.replace_in_environment("harbour", "  levels:", "  argocd: { installed: true }\n  levels:")
    model = load_project(project.root)
    found = {one.name: one for one in chart_releases(Site(model.system, model.environments["harbour"]))}
    assert found["argocd"].values == {"configs": {"cm": {"create": False}}, "notifications": {"cm": {"create": False}}}


def test_cert_manager_has_the_service_account_of_its_identity(tmp_path: Path) -> None:
    project = tides(tmp_path)
    project.replace_in_environment("harbour", PROGRAMS, "  dns_programs: [cert-manager]\n")
    model = load_project(project.root)
    found = {one.name: one for one in chart_releases(Site(model.system, model.environments["harbour"]))}
    # The release is called after the component, and the chart would call the account after the release.
    assert found["certificates"].values["serviceAccount"] == {"name": "cert-manager"}
    assert "podLabels" not in found["certificates"].values


def test_on_azure_what_reads_secrets_or_changes_records_gets_its_client_id(tmp_path: Path) -> None:
    project = tides(tmp_path)
    azure = """\
  azure:
    account: 44444444-4444-4444-8444-444444444444
    region: swedencentral
    recovery_region: swedensouth
    state: { bucket: tidesharbourstate, resource_group: tides-harbour-state }
"""
    project.replace_in_environment("harbour", "clouds:\n", f"clouds:\n{azure}")
    project.replace_in_environment("harbour", "target: aws", "target: azure")
    project.replace_in_environment("harbour", ON_AWS, "")
    client = "11111111-2222-4333-8444-555555555555"
    project.replace_in_environment("harbour", PROGRAMS, "  dns_programs: [cert-manager, external-dns]\n")
    ids = f"external-secrets: {client}, cert-manager: {client}, external-dns: {client}"
    wired = f"wired: {{ target: azure, client_ids: {{ {ids} }} }}\n"
    project.replace_in_environment("harbour", "owners:", f"{wired}owners:")
    model = load_project(project.root)
    for operator in ("external-secrets", "cert-manager", "external-dns"):
        values = values_of(operator, Site(model.system, model.environments["harbour"]))
        assert values["serviceAccount"]["annotations"] == {"azure.workload.identity/client-id": client}
        assert values["podLabels"] == {"azure.workload.identity/use": "true"}


def values_in(root: Path, cloud: str, name: str) -> dict[str, Any]:
    """Return the values of an operator in the cloud environment, when it is in another cloud."""
    project = tides(root)
    project.replace_in_environment("harbour", "clouds:\n", f"clouds:\n{CLOUDS}")
    project.replace_in_environment("harbour", "target: aws", f"target: {cloud}")
    project.replace_in_environment("harbour", ON_AWS, "")
    model = load_project(project.root)
    found = {one.name: one for one in chart_releases(Site(model.system, model.environments["harbour"]))}
    return dict(found[name].values)


def test_external_dns_changes_the_records_of_the_zone_alone_and_as_its_owner(
    releases: dict[str, dict[str, ChartRelease]], tmp_path: Path
) -> None:
    shared = {
        "domainFilters": ["harbour.tides.example"],
        "policy": "sync",
        "serviceAccount": {"name": "external-dns"},
        "sources": ["service", "gateway-grpcroute", "gateway-httproute"],
        "txtOwnerId": "tides-harbour",
    }
    assert releases["harbour"]["records"].values == {
        **shared,
        "env": [{"name": "AWS_DEFAULT_REGION", "value": "eu-west-1"}],
        "provider": {"name": "aws"},
    }
    google = values_in(tmp_path / "gcp", "gcp", "records")
    assert google == {**shared, "extraArgs": {"google-project": "tides-harbour"}, "provider": {"name": "google"}}
    azure = values_in(tmp_path / "azure", "azure", "records")
    settings = json.loads(azure["secretConfiguration"]["data"]["azure.json"])
    assert settings == {
        "resourceGroup": "tides-harbour",
        "subscriptionId": "44444444-4444-4444-8444-444444444444",
        "useWorkloadIdentityExtension": True,
    }
    assert azure["provider"] == {"name": "azure"}


def test_external_dns_reads_ingresses_where_there_is_no_gateway(tmp_path: Path) -> None:
    project = tides(tmp_path)
    project.replace_in_environment("harbour", PROGRAMS, f"{PROGRAMS}  ingress_class: nginx\n")
    model = load_project(project.root)
    values = values_of("external-dns", Site(model.system, model.environments["harbour"]))
    assert values["sources"] == ["service", "ingress"]


def test_load_balancers_are_made_in_the_network_and_with_the_role_of_the_stack(
    releases: dict[str, dict[str, ChartRelease]],
) -> None:
    release = releases["harbour"]["balancers"]
    assert release.values == {
        "clusterName": "tides-harbour",
        "enableCertManager": True,
        "region": "eu-west-1",
        "serviceAccount": {"name": SERVICE_ACCOUNT},
        "vpcTags": {"Name": "tides-harbour"},
    }
    assert release.wave > releases["harbour"]["certificates"].wave


@pytest.mark.parametrize(
    ("network", "found"),
    [("vpc-0a1b2c3d4e5f67890", {"vpcId": "vpc-0a1b2c3d4e5f67890"}), ("shared", {"vpcTags": {"Name": "shared"}})],
)
def test_load_balancers_are_made_in_an_existing_network(network: str, found: dict[str, Any], tmp_path: Path) -> None:
    project = tides(tmp_path)
    subnets = "private_subnets: [subnet-1, subnet-2, subnet-3], database_subnets: [subnet-4, subnet-5, subnet-6]"
    project.replace_in_environment(
        "harbour", "zones: 3, nat: per-zone }", f"existing: {{ name: {network}, {subnets} }} }}"
    )
    model = load_project(project.root)
    values = values_of("aws-load-balancer-controller", Site(model.system, model.environments["harbour"]))
    assert {key: values[key] for key in ("vpcId", "vpcTags") if key in values} == found


def test_load_balancers_under_argo_cd_need_cert_manager(tmp_path: Path) -> None:
    project = tides(tmp_path)
    project.replace_in_environment("harbour", "cert_manager: true, ", "")
    project.replace_in_environment("harbour", "  addons:", "  route_certificates: gateway\n  addons:")
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    (problem,) = caught.value.problems
    assert problem.line
    assert "AWS Load Balancer Controller with Argo CD, for which the chart makes another certificate" in str(problem)
    project.replace_in_environment("harbour", "delivery: argocd", "delivery: helm")
    model = load_project(project.root)
    values = values_of("aws-load-balancer-controller", Site(model.system, model.environments["harbour"]))
    assert values["keepTLSSecret"] is True
    assert "enableCertManager" not in values


AUTOPILOT = "  mode: autopilot\n"
POOLS = "  node_pools:\n    workers: { cpu: 4, memory: 16Gi, min_nodes: 3, max_nodes: 9 }\n"
EXISTING = "  existing: { name: shared }\n"


def in_cloud(root: Path, target: str, cluster: str = "", components: str = "") -> Project:
    """Return the project with its environment elsewhere, with other settings of the cluster and of components."""
    if target == "local":
        project = tides(root)
        project.replace_in_environment("boathouse", "components:\n", f"components:\n{components}")
        return project
    project = tides(root)
    project.replace_in_environment("harbour", "clouds:\n", f"clouds:\n{CLOUDS}")
    project.replace_in_environment("harbour", "target: aws", f"target: {target}")
    project.replace_in_environment("harbour", ON_AWS, cluster)
    project.replace_in_environment("harbour", "components:\n", f"components:\n{components}")
    if "existing" in cluster:
        subnets = "private_subnets: [subnet-1, subnet-2], database_subnets: [subnet-3, subnet-4]"
        there = f"{{ name: vpc-0a1b2c3d4e5f67890, {subnets} }}"
        project.replace_in_environment("harbour", "zones: 3, nat: per-zone }", f"existing: {there} }}")
    return project


@pytest.mark.parametrize(
    ("target", "cluster", "name", "said"),
    [
        ("gcp", "", "balancers", "AWS Load Balancer Controller on GKE, which makes load balancers itself"),
        ("azure", "", "balancers", "AWS Load Balancer Controller on AKS, which makes load balancers itself"),
        ("local", "", "balancers", "AWS Load Balancer Controller in a local environment, of whose cluster the model"),
        ("aws", "", "balancers", "AWS Load Balancer Controller without the permissions that the stack creates for it"),
        ("gcp", "", "usage", "metrics-server on GKE, whose own serves v1beta1.metrics.k8s.io"),
        ("azure", "", "usage", "metrics-server on AKS, whose own serves v1beta1.metrics.k8s.io"),
        ("gcp", "", "scaler", "Cluster Autoscaler on GKE, which scales its nodes itself"),
        ("azure", "", "karpenter", "Karpenter on AKS, which scales its nodes itself"),
        ("local", "", "karpenter", "Karpenter in a local environment, of whose cluster the model names no account"),
        ("aws", "", "karpenter", "Karpenter without the permissions that the stack creates for it"),
        ("aws", "  autoscaler: karpenter\n", "scaler", "Cluster Autoscaler without the permissions that the stack"),
    ],
)
def test_an_operator_is_refused_where_it_cannot_be(
    target: str, cluster: str, name: str, said: str, tmp_path: Path
) -> None:
    project = in_cloud(tmp_path, target, cluster, f"  {name}: {{ installed: true }}\n")
    environment = "boathouse" if target == "local" else "harbour"
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    (problem,) = caught.value.problems
    assert (problem.file, problem.key) == (f"apps/environments/{environment}.yaml", f"components.{name}.installed")
    lines = project.environment_file(environment).read_text().splitlines()
    assert lines[problem.line - 1].strip() == f"{name}: {{ installed: true }}"
    assert problem.what.startswith(said)
    assert "no `installed`" in problem.expected


@pytest.mark.parametrize(("target", "name"), [("aws", "usage"), ("local", "usage"), ("local", "scaling")])
def test_an_operator_is_installed_where_a_cluster_may_lack_it(target: str, name: str, tmp_path: Path) -> None:
    project = in_cloud(tmp_path, target, EXISTING if target == "aws" else "", f"  {name}: {{ installed: true }}\n")
    model = load_project(project.root)
    site = Site(model.system, model.environments["boathouse" if target == "local" else "harbour"])
    assert name in {one.name for one in chart_releases(site)}


@pytest.mark.parametrize("name", ["scaler", "karpenter", "balancers"])
def test_operators_of_an_existing_cluster_get_its_name(name: str, tmp_path: Path) -> None:
    project = in_cloud(tmp_path, "aws", EXISTING, f"  {name}: {{ installed: true }}\n")
    model = load_project(project.root)
    (values,) = (
        one.values for one in chart_releases(Site(model.system, model.environments["harbour"])) if one.name == name
    )
    found = {"scaler": values.get("autoDiscovery"), "karpenter": values.get("settings"), "balancers": values}[name]
    assert found["clusterName"] == "shared"
    # The stack has no queue for it, and Karpenter does not start with one that is not there.
    assert "interruptionQueue" not in found


def test_a_controller_that_only_aws_has_is_refused_once(tmp_path: Path) -> None:
    project = in_cloud(tmp_path, "gcp", "  load_balancer_controller: true\n")
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    assert [one.key for one in caught.value.problems] == ["cluster.load_balancer_controller"]


def test_prometheus_leaves_out_what_autopilot_denies(tmp_path: Path) -> None:
    project = in_cloud(tmp_path, "gcp", AUTOPILOT)
    project.replace_in_environment("harbour", POOLS, "")
    model = load_project(project.root)
    values = values_of("prometheus-operator", Site(model.system, model.environments["harbour"]))
    denied = ("coreDns", "kubeEtcd", "kubeProxy", "kubelet", "nodeExporter")
    assert {one: values[one] for one in denied} == {one: {"enabled": False} for one in denied}
    assert values["prometheusOperator"] == {"kubeletService": {"enabled": False}}


def test_external_dns_needs_a_provider_without_the_zone_of_the_stack(tmp_path: Path) -> None:
    project = in_cloud(tmp_path, "local", components="  records: { installed: true }\n")
    with pytest.raises(ModelError, match="no `provider`, without which ExternalDNS does not work"):
        load_project(project.root)
    values = "values: { provider: { name: cloudflare } }"
    project.replace_in_environment(
        "boathouse", "  records: { installed: true }", f"  records: {{ installed: true, {values} }}"
    )
    assert load_project(project.root)


def test_metrics_server_survives_the_loss_of_a_node_where_that_is_asked_for(
    releases: dict[str, dict[str, ChartRelease]], tmp_path: Path
) -> None:
    assert releases["harbour"]["usage"].values == {}
    assert "usage" not in releases["boathouse"], "a laptop's cluster may have its own"
    project = tides(tmp_path)
    project.replace_in_environment("harbour", "delivery: argocd\n", "delivery: argocd\nhigh_availability: true\n")
    model = load_project(project.root)
    highly = {"podDisruptionBudget": {"enabled": True, "minAvailable": 1}, "replicas": 2}
    assert values_of("metrics-server", Site(model.system, model.environments["harbour"])) == highly


STORE = (
    """\
plugins:
      aws: { version: v1.13.1, digest: "sha256:AWS" }
      azure: { version: v1.13.1, digest: "sha256:AZURE", registry: registry.tides.example }
      gcp: { version: v1.13.1, digest: "sha256:GCP" }
""".replace("AWS", "a" * 64)
    .replace("AZURE", "b" * 64)
    .replace("GCP", "c" * 64)
)
CLOUDS = """\
  azure:
    account: 44444444-4444-4444-8444-444444444444
    region: swedencentral
    state: { bucket: tidesharbourstate, resource_group: tides-harbour-state }
  gcp: { account: tides-harbour, region: europe-north1, state: { bucket: tides-harbour-gcp-state } }
"""


def velero_values(root: Path, cloud: str) -> dict[str, Any]:
    """Return the values of Velero with its plugins and a bucket in a cloud."""
    project = tides(root)
    project.replace_in_system(VELERO.rstrip(), STORE.rstrip())
    project.replace_in_environment("harbour", "clouds:\n", f"clouds:\n{CLOUDS}")
    project.replace_in_environment("harbour", "target: aws", f"target: {cloud}")
    project.replace_in_environment("harbour", ON_AWS, "  velero_store: {}\n")
    model = load_project(project.root)
    found = {one.name: one for one in chart_releases(Site(model.system, model.environments["harbour"]))}
    return dict(found["snapshots"].values)


def test_velero_knows_the_bucket_of_the_stack_on_aws(tmp_path: Path) -> None:
    assert velero_values(tmp_path, "aws") == {
        "serviceAccount": {"server": {"name": "velero"}},
        "configuration": {
            "backupStorageLocation": [
                {
                    "name": "default",
                    "default": True,
                    "provider": "aws",
                    "bucket": "tides-harbour-velero-store-222233334444",
                    "config": {"region": "eu-west-1"},
                }
            ],
            "volumeSnapshotLocation": [{"name": "default", "provider": "aws", "config": {"region": "eu-west-1"}}],
        },
        "credentials": {"useSecret": False},
        "initContainers": [
            {
                "name": "velero-plugin-for-aws",
                "image": f"docker.io/velero/velero-plugin-for-aws:v1.13.1@sha256:{'a' * 64}",
                "volumeMounts": [{"mountPath": "/target", "name": "plugins"}],
            }
        ],
    }


def test_velero_acts_as_a_service_account_of_google_cloud_that_signs(tmp_path: Path) -> None:
    values = velero_values(tmp_path, "gcp")
    account = "tides-harbour-velero@tides-harbour.iam.gserviceaccount.com"
    server = values["serviceAccount"]["server"]
    assert server == {"name": "velero", "annotations": {"iam.gke.io/gcp-service-account": account}}
    (location,) = values["configuration"]["backupStorageLocation"]
    assert (location["bucket"], location["config"]) == (
        "tides-harbour-velero-store-tides-harbour",
        {"serviceAccount": account},
    )
    (snapshots,) = values["configuration"]["volumeSnapshotLocation"]
    assert snapshots["config"] == {"snapshotLocation": "europe-north1"}
    assert values["credentials"] == {"useSecret": False}
    assert values["initContainers"][0]["image"].startswith("docker.io/velero/velero-plugin-for-gcp:v1.13.1@sha256:ccc")


def test_velero_reads_its_storage_account_without_a_key_on_azure(tmp_path: Path) -> None:
    values = velero_values(tmp_path, "azure")
    (location,) = values["configuration"]["backupStorageLocation"]
    account = location["config"]["storageAccount"]
    assert location["bucket"] == "velero"
    assert location["config"] == {
        "storageAccount": account,
        "storageAccountURI": f"https://{account}.blob.core.windows.net",
        "useAAD": "true",
    }
    assert len(account) == 24
    # Where the disks of the nodes are; the file has no secret.
    said = "AZURE_CLOUD_NAME=AzurePublicCloud\nAZURE_RESOURCE_GROUP=tides-harbour-nodes\n"
    subscription = "AZURE_SUBSCRIPTION_ID=44444444-4444-4444-8444-444444444444\n"
    assert values["credentials"] == {"useSecret": True, "secretContents": {"cloud": said + subscription}}
    image = f"registry.tides.example/velero/velero-plugin-for-microsoft-azure:v1.13.1@sha256:{'b' * 64}"
    assert values["initContainers"][0]["image"] == image


def test_a_bucket_for_velero_without_the_plugin_that_reaches_it_is_refused(tmp_path: Path) -> None:
    project = tides(tmp_path)
    project.replace_in_system(VELERO.rstrip(), "description: Without a plugin.")
    project.replace_in_environment("harbour", ON_AWS, "  velero_store: {}\n")
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    (problem,) = caught.value.problems
    assert (problem.file, bool(problem.line)) == ("apps/system.yaml", True)
    assert "a bucket for Velero in `cluster.velero_store`, and no plugin that reaches it" in str(problem)
    assert "expected `plugins.aws` of the component in apps/system.yaml" in str(problem)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (f"    digest: {digest('policies')}\n", "", "components.policies: no `digest`, expected the digest of version"),
        (f"    {MIRROR}keda\n", "", "the chart of KEDA, which its project publishes in no OCI registry"),
        (
            f"    {MIRROR}metrics-server\n",
            "",
            "helm pull metrics-server --repo https://kubernetes-sigs.github.io/metrics-",
        ),
        ("operator: karpenter", "operator: carpenter", "components.karpenter.operator"),
        ("operator: kyverno", "operator: velero", "Velero, which policies installs"),
        ("reaches: [levels]", "reaches: [levels, metrics]", "forecast reach metrics, which offers nothing"),
        ("operator: kyverno", f"operator: kyverno\n    {STORE.rstrip()}", "`plugins` of Kyverno, which has none"),
        ("initContainers:", "unknown:", "no `initContainers`, without which Velero does not work"),
    ],
)
def test_what_cannot_be_installed_is_refused_with_its_line(tmp_path: Path, old: str, new: str, what: str) -> None:
    project = tides(tmp_path)
    project.replace_in_system(old, new)
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    assert any(what in str(one) and one.line for one in caught.value.problems), str(caught.value)


def test_an_operator_in_the_namespace_of_the_system_is_refused(tmp_path: Path) -> None:
    project = tides(tmp_path)
    project.replace_in_environment("harbour", "keda_namespace: scaling", "keda_namespace: tides")
    with pytest.raises(ModelError, match='KEDA in the namespace "tides", whose policies deny undeclared traffic'):
        load_project(project.root)


def test_two_environments_of_one_cluster_do_not_both_install_it(project: Callable[[], Project]) -> None:
    shared = tides(project().root)
    (shared.root / "apps/environments/home.yaml").unlink()
    shared.write_environment("slip", "extends: boathouse\nnamespace: tides-slip\ndomain: slip.tides.example\n")
    with pytest.raises(
        ModelError, match='chart "certificates" in the namespace "cert-manager" of the cluster'
    ) as caught:
        load_project(shared.root)
    assert "expected components.certificates.installed: false in one of them" in str(caught.value)
    off = "components: { certificates: { installed: false }, way-in: { installed: false } }\n"
    text = shared.environment_file("slip").read_text()
    shared.environment_file("slip").write_text(f"{text}{off}")
    model = load_project(shared.root)
    assert chart_releases(Site(model.system, model.environments["slip"])) == []


def test_the_table_names_what_the_other_tables_have() -> None:
    provided = {(name, operator) for operator, recipe in RECIPES.items() for name in recipe.provides}
    assert provided == {(one.name, one.component) for one in OPERATORS if one.component}
    assert tuple(sorted(RECIPES)) == Operator.model_fields["operator"].annotation.__args__
    for name, recipe in RECIPES.items():
        assert bool(recipe.chart) != bool(recipe.repository and recipe.package), name
        assert recipe.read.partition(", ")[2].startswith("https://"), name
