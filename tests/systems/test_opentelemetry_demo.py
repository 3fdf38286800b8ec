"""The OpenTelemetry demo 3.0.0 comes out of its example as the manifests of its public chart have it.

Names of containers, volumes and ConfigMaps are the example's, and so is the content of configuration files. The release
is called ``example`` there, and ``opentelemetry-demo`` here. The label that has a component's name is
``app.kubernetes.io/component`` there, and ``app.kubernetes.io/name`` here: a test reads it where programs do.
"""

import re
from collections.abc import Iterator

import pytest

from support.systems.checks import check_chart, check_compose, check_ready, found_connections
from support.systems.opentelemetry_demo import (
    CONNECTIONS,
    CRITICALITY,
    FLAGGED,
    IMAGES,
    SCRAPERS,
    SERVICES,
    USERS,
    VARIABLES,
    WAITS,
)
from support.systems.system import MAIN, POD, Fact, Synthesized, foreign_secrets

pytestmark = pytest.mark.integration

OBSERVERS = {
    # name: image, its limit of memory in MiB, user
    "grafana": ("grafana/grafana:13.1.0", 300, 472),
    "jaeger": ("jaegertracing/jaeger:2.19.0", 600, 10001),
    "prometheus": ("quay.io/prometheus/prometheus:v3.13.1", 400, 65534),
}
COLLECTOR = {
    "jaeger-compact": (6831, "UDP"),
    "jaeger-grpc": (14250, "TCP"),
    "jaeger-thrift": (14268, "TCP"),
    "metrics": (8888, "TCP"),
    "otlp": (4317, "TCP"),
    "otlp-http": (4318, "TCP"),
    "zipkin": (9411, "TCP"),
}
FIELDS = {
    "MY_POD_IP": "status.podIP",
    "OTEL_K8S_NODE_NAME": "spec.nodeName",
    "OTEL_K8S_NODE_IP": "status.hostIP",
    "OTEL_K8S_NAMESPACE": "metadata.namespace",
    "OTEL_K8S_POD_NAME": "metadata.name",
    "OTEL_K8S_POD_IP": "status.podIP",
    "K8S_NODE_NAME": "spec.nodeName",
    "K8S_NODE_IP": "status.hostIP",
}
OPENSEARCH = {
    "discovery.seed_hosts": "opensearch-cluster-master-headless",
    "cluster.name": "demo-cluster",
    "network.host": "0.0.0.0",
    "OPENSEARCH_JAVA_OPTS": "-Xms400m -Xmx400m",
    "node.roles": "master,ingest,data,remote_cluster_client,",
    "discovery.type": "single-node",
    "bootstrap.memory_lock": "true",
    "DISABLE_INSTALL_DEMO_CONFIG": "true",
    "DISABLE_SECURITY_PLUGIN": "true",
}
SIDE_CARS = ("alerts", "dashboard", "datasources")
LEFT: list[Fact] = [
    # Roles are of the system's namespace: nothing of the cluster's comes from the model.
    ("ClusterRole", "grafana-clusterrole", "rules/0/verbs", ["get", "watch", "list"]),
    ("ClusterRole", "otel-collector", "rules/0/apiGroups", ["coordination.k8s.io"]),
    ("ClusterRole", "prometheus", "rules/0/verbs", ["get", "list", "watch"]),
    # The dashboards and data sources are files of the project; nothing has to watch ConfigMaps for them.
    *(
        ("Deployment", "grafana", f"{POD}/containers/grafana-sc-{one}/image", "quay.io/kiwigrid/k8s-sidecar:2.8.1")
        for one in SIDE_CARS
    ),
    # The configuration is mounted where OpenSearch reads it, and not copied there first.
    ("StatefulSet", "opensearch", f"{POD}/initContainers/configfile/image", "opensearchproject/opensearch:3.7.0"),
    # The model has no word for it; connections from other nodes are what the example needs where a node has no pod.
    ("Service", "otel-collector", "spec/internalTrafficPolicy", "Local"),
]
"""Facts that do not come out, each with the reason: one entry for each object or container that is not there."""


def facts() -> Iterator[Fact]:
    for name, (memory, ports) in SERVICES.items():
        yield "Deployment", name, "spec/replicas", 1
        yield "Deployment", name, "spec/revisionHistoryLimit", 10
        yield "Deployment", name, "metadata/labels/opentelemetry.io~1name", name
        yield "Deployment", name, "spec/template/metadata/labels/opentelemetry.io~1name", name
        note = "spec/template/metadata/annotations"
        yield "Deployment", name, f"{note}/resource.opentelemetry.io~1service.namespace", "opentelemetry-demo"
        yield "Deployment", name, f"{POD}/serviceAccountName", "opentelemetry-demo"
        yield "Deployment", name, f"{MAIN}/image", IMAGES.get(name, f"ghcr.io/open-telemetry/demo:3.0.0-{name}")
        yield "Deployment", name, f"{MAIN}/imagePullPolicy", "IfNotPresent"
        yield "Deployment", name, f"{MAIN}/resources/limits/memory", f"{memory}Mi"
        if name in SCRAPERS:
            yield "Deployment", name, f"{note}/io.opentelemetry.discovery.metrics~1enabled", "true"
            yield "Deployment", name, f"{note}/io.opentelemetry.discovery.metrics~1scraper", SCRAPERS[name]
        if ports:
            yield "Service", name, "spec/type", "ClusterIP"
            yield "Service", name, "metadata/labels/opentelemetry.io~1name", name
        for title, port in ports.items():
            yield "Deployment", name, f"{MAIN}/ports/{port}/TCP/containerPort", port
            yield from _served(name, title, port)
        for key, text in _variables(name).items():
            yield "Deployment", name, f"{MAIN}/env/{key}/value", text
    for name, (user, group) in USERS.items():
        where = POD  # a pod says for all its containers what the manifests say for the one
        yield "Deployment", name, f"{where}/securityContext/runAsUser", user
        yield "Deployment", name, f"{where}/securityContext/runAsGroup", group
        yield "Deployment", name, f"{where}/securityContext/runAsNonRoot", True
    for name, other in WAITS.items():
        yield "Deployment", name, f"{POD}/initContainers/wait-for-{other}/image", "busybox:latest"
    for name in ("checkout", "product-catalog", "shipping"):
        yield "Deployment", name, f"{MAIN}/securityContext/readOnlyRootFilesystem", True
        yield "Deployment", name, f"{MAIN}/volumeMounts/~1tmp/mountPath", "/tmp"
    yield from _flagd()
    yield from _observers()
    yield from _collector()
    yield from _opensearch()


def _served(name: str, title: str, port: int, protocol: str = "TCP") -> Iterator[Fact]:
    yield "Service", name, f"spec/ports/{port}/{protocol}/name", title
    yield "Service", name, f"spec/ports/{port}/{protocol}/port", port
    yield "Service", name, f"spec/ports/{port}/{protocol}/targetPort", port


def _variables(name: str) -> dict[str, str]:
    if name not in VARIABLES:
        return {"POSTGRES_PASSWORD": "changeit"} if name == "astronomy-db" else {}
    found = {"OTEL_COLLECTOR_NAME": "otel-collector", "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "cumulative"}
    found |= {"FLAGD_HOST": "flagd", "FLAGD_PORT": "8013"} if name in FLAGGED else {}
    criticality = f",service.criticality={CRITICALITY[name]}" if CRITICALITY[name] else ""
    return {**found, **VARIABLES[name], "OTEL_RESOURCE_ATTRIBUTES": f"service.version=3.0.0{criticality}"}


def _flagd() -> Iterator[Fact]:
    command = ["/flagd-build", "start", "--port", "8013", "--ofrep-port", "8016", "--uri"]
    yield "Deployment", "flagd", f"{MAIN}/command", [*command, "file:./etc/flagd/demo.flagd.json"]
    yield "Deployment", "flagd", f"{MAIN}/volumeMounts/~1etc~1flagd/source/emptyDir", {}
    other = f"{POD}/containers/flagd-ui"
    yield "Deployment", "flagd", f"{other}/image", "ghcr.io/open-telemetry/demo:3.0.0-flagd-ui"
    yield "Deployment", "flagd", f"{other}/ports/4000/TCP/containerPort", 4000
    yield "Deployment", "flagd", f"{other}/resources/limits/memory", "250Mi"
    for key, text in {"FLAGD_UI_PORT": "4000", "PHX_HOST": "localhost"}.items():
        yield "Deployment", "flagd", f"{other}/env/{key}/value", text
    yield from _served("flagd", "tcp-service-0", 4000)
    yield "Deployment", "flagd", f"{POD}/initContainers/init-config/image", "busybox:latest"
    yield "Deployment", "opamp-server", f"{MAIN}/command", ["/opamp-server", "-no-tls"]
    start = ["docker-entrypoint.sh", "postgres", "-c", "shared_preload_libraries=pg_stat_statements"]
    yield "Deployment", "astronomy-db", f"{MAIN}/command", start


def _observers() -> Iterator[Fact]:
    for name, (image, memory, user) in OBSERVERS.items():
        yield "Deployment", name, f"{MAIN}/image", image
        yield "Deployment", name, f"{MAIN}/resources/limits/memory", f"{memory}Mi"
        yield "Deployment", name, "spec/replicas", 1
        yield "Deployment", name, "spec/revisionHistoryLimit", 10
        yield "Deployment", name, f"{POD}/serviceAccountName", name
        for key in ("fsGroup", "runAsGroup", "runAsUser"):
            yield "Deployment", name, f"{POD}/securityContext/{key}", user
        yield "Deployment", name, "spec/strategy/type", "RollingUpdate" if name == "grafana" else "Recreate"
    yield "Deployment", "prometheus", f"{POD}/terminationGracePeriodSeconds", 300
    yield "Deployment", "prometheus", f"{POD}/enableServiceLinks", True
    yield "Deployment", "prometheus", f"{MAIN}/volumeMounts/~1data/source/emptyDir", {}
    checks = {"readiness": ("/-/ready", 30, 5, 4), "liveness": ("/-/healthy", 30, 15, 10)}
    yield from _checked("Deployment", "prometheus", 9090, checks)
    yield from _served("prometheus", "http", 9090)
    yield from _checked("Deployment", "grafana", 3000, {"liveness": ("/api/health", 60, 10, 30)})
    yield "Deployment", "grafana", f"{MAIN}/livenessProbe/failureThreshold", 10
    yield "Service", "grafana", "spec/ports/80/TCP/targetPort", 3000
    for key in ("user", "password"):
        source = f"{MAIN}/env/GF_SECURITY_ADMIN_{key.upper()}/valueFrom/secretKeyRef"
        yield "Deployment", "grafana", f"{source}/name", "grafana"
        yield "Deployment", "grafana", f"{source}/key", f"admin-{key}"
    checks = {"readiness": ("/status", 1, 10, 1), "liveness": ("/status", 5, 15, 1)}
    yield from _checked("Deployment", "jaeger", 13133, checks)
    yield "Deployment", "jaeger", f"{MAIN}/livenessProbe/failureThreshold", 5
    yield "Deployment", "jaeger", f"{MAIN}/args", ["--config", "/etc/jaeger/user-config.yaml"]
    for key, text in {"MEMORY_MAX_TRACES": "25000", "PROMETHEUS_ADDR": "prometheus:9090"}.items():
        yield "Deployment", "jaeger", f"{MAIN}/env/{key}/value", text
    for title, port in {"otlp-grpc": 4317, "otlp-http": 4318, "http-query": 16686, "grpc-query": 16685}.items():
        yield from _served("jaeger", title, port)


def _checked(kind: str, name: str, port: int, checks: dict[str, tuple[str, int, int, int]]) -> Iterator[Fact]:
    for which, (path, delay, period, timeout) in checks.items():
        probe = f"{MAIN}/{which}Probe"
        yield kind, name, f"{probe}/httpGet/path", path
        yield kind, name, f"{probe}/httpGet/port", port
        yield kind, name, f"{probe}/initialDelaySeconds", delay
        yield kind, name, f"{probe}/periodSeconds", period
        yield kind, name, f"{probe}/timeoutSeconds", timeout


def _collector() -> Iterator[Fact]:
    kind, name = "DaemonSet", "otel-collector"
    yield kind, name, f"{MAIN}/image", "otel/opentelemetry-collector-contrib:0.156.0"
    yield kind, name, f"{MAIN}/args", ["--config=/conf/relay.yaml", "--feature-gates=service.profilesSupport"]
    yield kind, name, f"{MAIN}/resources/limits/memory", "400Mi"
    yield kind, name, f"{MAIN}/env/GOMEMLIMIT/value", "320MiB"
    yield kind, name, "spec/revisionHistoryLimit", 10
    yield kind, name, f"{POD}/automountServiceAccountToken", True
    yield kind, name, f"{MAIN}/volumeMounts/~1hostfs/source/hostPath/path", "/"
    yield kind, name, f"{MAIN}/volumeMounts/~1hostfs/mountPropagation", "HostToContainer"
    for key, path in FIELDS.items():
        yield kind, name, f"{MAIN}/env/{key}/valueFrom/fieldRef/fieldPath", path
    for title, (port, protocol) in COLLECTOR.items():
        yield kind, name, f"{MAIN}/ports/{port}/{protocol}/containerPort", port
        if title != "metrics":
            yield kind, name, f"{MAIN}/ports/{port}/{protocol}/hostPort", port
        yield from _served(name, title, port, protocol)
    for which in ("liveness", "readiness"):
        yield kind, name, f"{MAIN}/{which}Probe/httpGet/path", "/"
        yield kind, name, f"{MAIN}/{which}Probe/httpGet/port", 13133


def _opensearch() -> Iterator[Fact]:
    kind, name = "StatefulSet", "opensearch"
    yield kind, name, f"{MAIN}/image", "opensearchproject/opensearch:3.7.0"
    yield kind, name, "spec/podManagementPolicy", "Parallel"
    yield kind, name, "spec/serviceName", "opensearch-headless"
    yield kind, name, "metadata/annotations/majorVersion", "3"
    yield kind, name, f"{POD}/terminationGracePeriodSeconds", 120
    yield kind, name, f"{MAIN}/resources/requests/cpu", "1"
    yield kind, name, f"{MAIN}/resources/requests/memory", "100Mi"
    yield kind, name, f"{MAIN}/resources/limits/memory", "1100Mi"
    yield kind, name, f"{MAIN}/env/node.name/valueFrom/fieldRef/fieldPath", "metadata.name"
    for key, text in OPENSEARCH.items():
        yield kind, name, f"{MAIN}/env/{key}/value", text
    for which, (delay, period, failures) in {"startup": (5, 10, 30), "readiness": (0, 5, 3)}.items():
        probe = f"{MAIN}/{which}Probe"
        yield kind, name, f"{probe}/tcpSocket/port", 9200
        yield kind, name, f"{probe}/periodSeconds", period
        yield kind, name, f"{probe}/failureThreshold", failures
        yield kind, name, f"{probe}/timeoutSeconds", 3
        if delay:
            yield kind, name, f"{probe}/initialDelaySeconds", delay
    for title, port in {"http": 9200, "transport": 9300, "metrics": 9600}.items():
        yield from _served(name, title, port)
    yield "Service", "opensearch-headless", "spec/clusterIP", "None"
    yield "Service", "opensearch-headless", "spec/publishNotReadyAddresses", True


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return Synthesized.of("opentelemetry-demo", tmp_path_factory.mktemp("demo") / "dist")


@pytest.mark.slow
def test_every_fact_comes_out_or_has_a_reason(demo: Synthesized) -> None:
    every = [*facts(), *LEFT]
    assert len(every) > 750
    assert demo.missing("local", every) == LEFT
    assert len(LEFT) <= len(every) / 50


def test_every_service_reports_under_its_own_name(demo: Synthesized) -> None:
    read = 0
    for item in demo.objects("local"):
        if item["kind"] != "Deployment" or item["metadata"]["name"] not in VARIABLES:
            continue
        template = item["spec"]["template"]
        (main,) = [one for one in template["spec"]["containers"] if one["name"] == item["metadata"]["name"]]
        (variable,) = [one for one in main["env"] if one["name"] == "OTEL_SERVICE_NAME"]
        label = re.fullmatch(r"metadata\.labels\['(.+)'\]", variable["valueFrom"]["fieldRef"]["fieldPath"])
        assert label
        assert template["metadata"]["labels"][label[1]] == item["metadata"]["name"]
        read += 1
    assert read == len(VARIABLES)


@pytest.mark.parametrize("environment", ["local", "gcp"])
def test_every_workload_could_become_ready(demo: Synthesized, environment: str) -> None:
    check_ready(demo, environment)
    assert foreign_secrets(demo.objects(environment)) == {"flagd-ui", "grafana"}


def test_pods_reach_whom_they_call_and_nobody_else(demo: Synthesized) -> None:
    assert found_connections(demo) == CONNECTIONS


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["local", "gcp"])
def test_the_chart_renders_the_manifests(demo: Synthesized, environment: str) -> None:
    check_chart(demo, environment)


def test_compose_takes_it(demo: Synthesized) -> None:
    check_compose(demo)
