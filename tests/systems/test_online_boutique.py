"""Online Boutique 0.10.6 comes out of its example as its public manifests have it.

The tables hold facts of https://github.com/GoogleCloudPlatform/microservices-demo, release/kubernetes-manifests.yaml.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.kubernetes.manifests import of_kind
from support.systems.checks import check_chart, check_compose, check_ready, found_connections
from support.systems.system import MAIN, POD, Fact, Synthesized, foreign_secrets

pytestmark = pytest.mark.integration

REGISTRY = "us-central1-docker.pkg.dev/online-boutique-ci/microservices-demo"
GRPC = {
    # name: port, port of the Service, requests and limits of CPU and memory
    "adservice": (9555, 9555, "200m", "180Mi", "300m", "300Mi"),
    "cartservice": (7070, 7070, "200m", "64Mi", "300m", "128Mi"),
    "checkoutservice": (5050, 5050, "100m", "64Mi", "200m", "128Mi"),
    "currencyservice": (7000, 7000, "100m", "64Mi", "200m", "128Mi"),
    "emailservice": (8080, 5000, "100m", "64Mi", "200m", "128Mi"),
    "paymentservice": (50051, 50051, "100m", "64Mi", "200m", "128Mi"),
    "productcatalogservice": (3550, 3550, "100m", "64Mi", "200m", "128Mi"),
    "recommendationservice": (8080, 8080, "100m", "220Mi", "200m", "450Mi"),
    "shippingservice": (50051, 50051, "100m", "64Mi", "200m", "128Mi"),
}
OTHERS = {
    "frontend": ("100m", "64Mi", "200m", "128Mi"),
    "loadgenerator": ("300m", "256Mi", "500m", "512Mi"),
    "redis-cart": ("70m", "200Mi", "125m", "256Mi"),
}
QUICK = {"adservice", "cartservice", "currencyservice", "emailservice", "loadgenerator", "paymentservice"}
QUICK |= {"productcatalogservice", "recommendationservice"}
"""They have five seconds between SIGTERM and SIGKILL."""
VARIABLES = {
    "adservice": {"PORT": "9555"},
    "cartservice": {"REDIS_ADDR": "redis-cart:6379"},
    "checkoutservice": {
        "PORT": "5050",
        "PRODUCT_CATALOG_SERVICE_ADDR": "productcatalogservice:3550",
        "SHIPPING_SERVICE_ADDR": "shippingservice:50051",
        "PAYMENT_SERVICE_ADDR": "paymentservice:50051",
        "EMAIL_SERVICE_ADDR": "emailservice:5000",
        "CURRENCY_SERVICE_ADDR": "currencyservice:7000",
        "CART_SERVICE_ADDR": "cartservice:7070",
    },
    "currencyservice": {"PORT": "7000", "DISABLE_PROFILER": "1"},
    "emailservice": {"PORT": "8080", "DISABLE_PROFILER": "1"},
    "frontend": {
        "PORT": "8080",
        "PRODUCT_CATALOG_SERVICE_ADDR": "productcatalogservice:3550",
        "CURRENCY_SERVICE_ADDR": "currencyservice:7000",
        "CART_SERVICE_ADDR": "cartservice:7070",
        "RECOMMENDATION_SERVICE_ADDR": "recommendationservice:8080",
        "SHIPPING_SERVICE_ADDR": "shippingservice:50051",
        "CHECKOUT_SERVICE_ADDR": "checkoutservice:5050",
        "AD_SERVICE_ADDR": "adservice:9555",
        "SHOPPING_ASSISTANT_SERVICE_ADDR": "shoppingassistantservice:80",
        "ENABLE_PROFILER": "0",
    },
    "loadgenerator": {"FRONTEND_ADDR": "frontend:80", "USERS": "10", "RATE": "1"},
    "paymentservice": {"PORT": "50051", "DISABLE_PROFILER": "1"},
    "productcatalogservice": {"PORT": "3550", "DISABLE_PROFILER": "1"},
    "recommendationservice": {
        "PORT": "8080",
        "PRODUCT_CATALOG_SERVICE_ADDR": "productcatalogservice:3550",
        "DISABLE_PROFILER": "1",
    },
    "shippingservice": {"PORT": "50051", "DISABLE_PROFILER": "1"},
}
TIMES = {
    # name: delay and period of liveness, of readiness
    "adservice": ((20, 15), (20, 15)),
    "cartservice": ((15, 10), (15, 10)),
    "emailservice": ((0, 5), (0, 5)),
    "recommendationservice": ((0, 5), (0, 5)),
    "redis-cart": ((0, 5), (0, 5)),
    "shippingservice": ((0, 10), (0, 5)),
    "frontend": ((10, 10), (10, 10)),
}
CONNECTIONS = {
    "cartservice": {"redis-cart"},
    "checkoutservice": {
        "cartservice", "currencyservice", "emailservice", "paymentservice", "productcatalogservice", "shippingservice",
    },
    "frontend": {
        "adservice", "cartservice", "checkoutservice", "currencyservice", "productcatalogservice",
        "recommendationservice", "shippingservice",
    },
    "loadgenerator": {"frontend"},
    "recommendationservice": {"productcatalogservice"},
}  # fmt: skip


LEFT = [
    # The manifests run a script of their authors here; the example waits for the same address with one of its own.
    ("Deployment", "loadgenerator", f"{POD}/initContainers/frontend-check/command", ["/bin/sh", "-exc", "(a script)"]),
]
"""Facts that do not come out, each with the reason."""


def facts() -> Iterator[Fact]:
    for name in (*GRPC, *OTHERS):
        cpu, memory, cpu_limit, memory_limit = GRPC[name][2:] if name in GRPC else OTHERS[name]
        image = "redis:alpine" if name == "redis-cart" else f"{REGISTRY}/{name}:v0.10.6"
        workload: dict[str, object] = {
            "metadata/labels/app": name,
            "spec/template/metadata/labels/app": name,
            f"{MAIN}/image": image,
            f"{MAIN}/resources/requests/cpu": cpu,
            f"{MAIN}/resources/requests/memory": memory,
            f"{MAIN}/resources/limits/cpu": cpu_limit,
            f"{MAIN}/resources/limits/memory": memory_limit,
            f"{MAIN}/securityContext/allowPrivilegeEscalation": False,
            f"{MAIN}/securityContext/capabilities/drop": ["ALL"],
            f"{MAIN}/securityContext/privileged": False,
            f"{MAIN}/securityContext/readOnlyRootFilesystem": True,
            f"{POD}/securityContext/fsGroup": 1000,
            f"{POD}/securityContext/runAsGroup": 1000,
            f"{POD}/securityContext/runAsUser": 1000,
            f"{POD}/securityContext/runAsNonRoot": True,
            f"{POD}/terminationGracePeriodSeconds": 5 if name in QUICK else 30,
            **{f"{MAIN}/env/{key}/value": text for key, text in VARIABLES.get(name, {}).items()},
        }
        if name != "redis-cart":
            workload[f"{POD}/serviceAccountName"] = name
            yield "ServiceAccount", name, "metadata/name", name
        for kind, times in zip(("liveness", "readiness"), TIMES.get(name, ((0, 10), (0, 10))), strict=True):
            if name == "loadgenerator":
                continue
            probe = f"{MAIN}/{kind}Probe"
            workload[f"{probe}/periodSeconds"] = times[1]
            if times[0]:
                workload[f"{probe}/initialDelaySeconds"] = times[0]
            if name in GRPC:
                workload[f"{probe}/grpc/port"] = GRPC[name][0]
            elif name == "redis-cart":
                workload[f"{probe}/tcpSocket/port"] = 6379
            else:
                workload[f"{probe}/httpGet/path"] = "/_healthz"
                workload[f"{probe}/httpGet/port"] = 8080
                workload[f"{probe}/httpGet/httpHeaders/Cookie/value"] = f"shop_session-id=x-{kind}-probe"
        port, offered = {"frontend": (8080, 80), "redis-cart": (6379, 6379)}.get(name, GRPC.get(name, (0, 0))[:2])
        if port:
            workload[f"{MAIN}/ports/{port}/TCP/containerPort"] = port
            served = f"spec/ports/{offered}/TCP"
            title = {"frontend": "http", "redis-cart": "tcp-redis"}.get(name, "grpc")
            yield "Service", name, f"{served}/name", title
            yield "Service", name, f"{served}/port", offered
            yield "Service", name, f"{served}/targetPort", port
            yield "Service", name, "spec/type", "ClusterIP"
            yield "Service", name, "metadata/labels/app", name
        yield from (("Deployment", name, path, value) for path, value in workload.items())
    for name in ("frontend", "loadgenerator"):
        istio = "spec/template/metadata/annotations/sidecar.istio.io~1rewriteAppHTTPProbers"
        yield "Deployment", name, istio, "true"
    yield "Deployment", "loadgenerator", "spec/replicas", 1
    yield "Service", "frontend-external", "metadata/labels/app", "frontend"
    yield "Service", "frontend-external", "spec/type", "LoadBalancer"
    yield "Service", "frontend-external", "spec/ports/80/TCP/port", 80
    yield "Service", "frontend-external", "spec/ports/80/TCP/targetPort", 8080
    yield "Deployment", "redis-cart", f"{MAIN}/volumeMounts/~1data/mountPath", "/data"
    yield "Deployment", "redis-cart", f"{MAIN}/volumeMounts/~1data/source/emptyDir", {}
    check = f"{POD}/initContainers/frontend-check"
    yield "Deployment", "loadgenerator", f"{check}/env/FRONTEND_ADDR/value", "frontend:80"
    yield "Deployment", "loadgenerator", f"{check}/image", f"busybox:1.38.0@sha256:{BUSYBOX}"


BUSYBOX = "fd8d9aa63ba2f0982b5304e1ee8d3b90a210bc1ffb5314d980eb6962f1a9715d"


@pytest.fixture(scope="module")
def boutique(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return Synthesized.of("online-boutique", tmp_path_factory.mktemp("boutique") / "dist")


@pytest.mark.slow
def test_every_fact_comes_out_or_has_a_reason(boutique: Synthesized) -> None:
    every = [*facts(), *LEFT]
    assert len(every) > 300
    assert boutique.missing("local", every) == LEFT
    assert len(LEFT) <= len(every) / 50


def test_services_lead_to_the_pods_that_the_manifests_select(boutique: Synthesized) -> None:
    """The labels in selectors are the library's own; they choose the pods with the label ``app`` of the manifests."""
    objects = boutique.objects("local")
    labels = [item["spec"]["template"]["metadata"]["labels"] for item in of_kind(objects, "Deployment")]
    for service in of_kind(objects, "Service"):
        name = service["metadata"]["name"].removesuffix("-external")
        chosen = [one["app"] for one in labels if service["spec"]["selector"].items() <= one.items()]
        assert chosen == [name]


@pytest.mark.parametrize("environment", ["local", "aws"])
def test_every_workload_could_become_ready(boutique: Synthesized, environment: str) -> None:
    check_ready(boutique, environment)
    assert foreign_secrets(boutique.objects(environment)) == set()


def test_pods_reach_whom_they_call_and_nobody_else(boutique: Synthesized) -> None:
    assert found_connections(boutique) == CONNECTIONS


@pytest.mark.parametrize("environment", ["local", "aws"])
def test_the_chart_renders_the_manifests(boutique: Synthesized, environment: str) -> None:
    check_chart(boutique, environment)


def test_compose_takes_it(boutique: Synthesized) -> None:
    check_compose(boutique)


def test_the_cloud_has_nothing_that_a_shop_without_stores_needs_not(boutique: Synthesized) -> None:
    (stack,) = (boutique.dist / "terraform" / "stacks").glob("aws-aws/cdk.tf.json")
    text = Path(stack).read_text()
    assert '"aws_eks_cluster"' in text
    assert '"aws_db_instance"' not in text
