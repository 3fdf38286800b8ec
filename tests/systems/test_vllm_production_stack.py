"""The vLLM production stack 0.1.12 comes out of its example as its public chart renders it, with two models.

The tables hold facts of https://github.com/vllm-project/production-stack: helm, with the values of its tutorial for
several models. Objects have the names of the example's components.
"""

from collections.abc import Iterator

import pytest

from support.systems.checks import check_chart, check_compose, check_ready, found_connections
from support.systems.system import MAIN, POD, Fact, Synthesized, foreign_secrets

pytestmark = pytest.mark.integration

MODELS = {
    "llama3": ("meta-llama/Llama-3.1-8B-Instruct", "0.8"),
    "mistral": ("mistralai/Mistral-7B-Instruct-v0.2", "0.95"),
}
SELECT = ["--k8s-label-selector", "environment=test,release=test"]
LEFT: list[Fact] = [
    # The chart is rendered into the namespace "default"; the example has one of its own.
    ("Deployment", "router", f"{MAIN}/args", [
        "--host", "0.0.0.0", "--port", "8000", "--service-discovery", "k8s", "--k8s-namespace", "default",
        "--k8s-service-discovery-type", "pod-ip", *SELECT, "--routing-logic", "roundrobin",
        "--engine-stats-interval", "15", "--request-stats-window", "60",
    ]),
]  # fmt: skip
"""Facts that do not come out, each with the reason."""


def facts() -> Iterator[Fact]:
    for name in ("router", *MODELS):
        labels = (
            {"environment": "test", "release": "test"} if name in MODELS else {"environment": name, "release": name}
        )
        own = {"helm-release-name": "vllm", "model": name} if name in MODELS else {}
        for key, value in (labels | own).items():
            yield "Deployment", name, f"metadata/labels/{key}", value
            yield "Deployment", name, f"spec/template/metadata/labels/{key}", value
        for key, value in labels.items():
            yield "Service", name, f"metadata/labels/{key}", value
        yield "Service", name, "spec/type", "ClusterIP"
        yield "Deployment", name, "spec/strategy/rollingUpdate/maxSurge", "100%"
        yield "Deployment", name, "spec/strategy/rollingUpdate/maxUnavailable", 0
        yield "Deployment", name, f"{MAIN}/imagePullPolicy", "Always"
        yield "Deployment", name, f"{MAIN}/env/PYTHONHASHSEED/value", "123"
    yield "Deployment", "router", f"{MAIN}/image", "lmcache/lmstack-router:latest"
    yield "Deployment", "router", f"{MAIN}/env/LMCACHE_LOG_LEVEL/value", "INFO"
    yield "Deployment", "router", f"{MAIN}/resources/requests/cpu", "400m"
    yield "Deployment", "router", f"{MAIN}/resources/requests/memory", "1000Mi"
    yield "Deployment", "router", f"{MAIN}/resources/limits/memory", "1000Mi"
    yield from _ports("router", {"router-port": (8000, 80), "lmcache-port": (9000, 9000)})
    yield from _probes("router", {"startup": (5, 5, 3), "liveness": (30, 5, 3), "readiness": (30, 5, 3)})
    yield "Role", "router", "rules/0/apiGroups", [""]
    yield "Role", "router", "rules/0/resources", ["pods"]
    yield "Role", "router", "rules/0/verbs", ["get", "list", "patch", "watch"]
    yield "RoleBinding", "router", "roleRef/kind", "Role"
    yield "ServiceAccount", "router", "metadata/name", "router"
    for name, (model, share) in MODELS.items():
        yield "Deployment", name, "spec/replicas", 1
        yield "Deployment", name, "spec/progressDeadlineSeconds", 1200
        yield "Deployment", name, f"{POD}/hostname", f"vllm-{name}-vllm-stack"
        yield "Deployment", name, f"{POD}/subdomain", f"vllm-{name}-engine-service"
        yield "Deployment", name, f"{MAIN}/image", "vllm/vllm-openai:latest"
        yield "Deployment", name, f"{MAIN}/securityContext/runAsNonRoot", False
        serve = ["vllm", "serve", model, "--host", "0.0.0.0", "--port", "8000", "--no-enable-prefix-caching"]
        serve += ["--max-model-len", "4096", "--max-num-seqs", "32", "--gpu_memory_utilization", share]
        yield "Deployment", name, f"{MAIN}/command", [*serve, "--max_loras", "4"]
        yield "Deployment", name, f"{MAIN}/env/HF_HOME/value", "/data"
        yield "Deployment", name, f"{MAIN}/env/POD_IP/valueFrom/fieldRef/fieldPath", "status.podIP"
        yield "Deployment", name, f"{MAIN}/env/PROMETHEUS_MULTIPROC_DIR/value", "/tmp"
        yield "Deployment", name, f"{MAIN}/env/HF_TOKEN/valueFrom/secretKeyRef/name", "vllm-secrets"
        yield "Deployment", name, f"{MAIN}/env/HF_TOKEN/valueFrom/secretKeyRef/key", f"hf_token_{name}"
        yield "Deployment", name, f"{MAIN}/resources/requests/cpu", "10"
        yield "Deployment", name, f"{MAIN}/resources/requests/memory", "16Gi"
        yield "Deployment", name, f"{MAIN}/resources/requests/nvidia.com~1gpu", "1"
        yield "Deployment", name, f"{MAIN}/resources/limits/nvidia.com~1gpu", "1"
        yield "Deployment", name, f"{MAIN}/volumeMounts/~1data/mountPath", "/data"
        yield "PersistentVolumeClaim", f"{name}-vllm-storage", "spec/accessModes", ["ReadWriteOnce"]
        yield "PersistentVolumeClaim", f"{name}-vllm-storage", "spec/resources/requests/storage", "50Gi"
        yield from _ports(name, {"container-port": (8000, 80), "zmq-port": (55555, 55555), "ucx-port": (9999, 9999)})
        yield from _probes(name, {"startup": (15, 10, 60), "liveness": (15, 10, 3), "readiness": (15, 5, 3)})


def _ports(name: str, ports: dict[str, tuple[int, int]]) -> Iterator[Fact]:
    for title, (port, offered) in ports.items():
        yield "Deployment", name, f"{MAIN}/ports/{port}/TCP/name", title
        yield "Deployment", name, f"{MAIN}/ports/{port}/TCP/containerPort", port
        yield "Service", name, f"spec/ports/{offered}/TCP/port", offered
        yield "Service", name, f"spec/ports/{offered}/TCP/targetPort", port


def _probes(name: str, probes: dict[str, tuple[int, int, int]]) -> Iterator[Fact]:
    for kind, (delay, period, failures) in probes.items():
        probe = f"{MAIN}/{kind}Probe"
        yield "Deployment", name, f"{probe}/httpGet/path", "/health"
        yield "Deployment", name, f"{probe}/httpGet/port", 8000
        yield "Deployment", name, f"{probe}/initialDelaySeconds", delay
        yield "Deployment", name, f"{probe}/periodSeconds", period
        yield "Deployment", name, f"{probe}/failureThreshold", failures


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return Synthesized.of("vllm-production-stack", tmp_path_factory.mktemp("vllm") / "dist")


@pytest.mark.slow
def test_every_fact_comes_out_or_has_a_reason(stack: Synthesized) -> None:
    every = [*facts(), *LEFT]
    assert len(every) > 140
    assert stack.missing("local", every) == LEFT
    assert len(LEFT) <= len(every) / 50


@pytest.mark.parametrize("environment", ["local", "aws"])
def test_every_workload_could_become_ready(stack: Synthesized, environment: str) -> None:
    check_ready(stack, environment)
    assert foreign_secrets(stack.objects(environment)) == {"vllm-secrets"}


def test_pods_reach_whom_they_call_and_nobody_else(stack: Synthesized) -> None:
    assert found_connections(stack) == {"router": {"llama3", "mistral"}}


@pytest.mark.parametrize("environment", ["local", "aws"])
def test_the_chart_renders_the_manifests(stack: Synthesized, environment: str) -> None:
    check_chart(stack, environment)


def test_compose_takes_it(stack: Synthesized) -> None:
    check_compose(stack)


def test_engines_run_on_gpu_nodes_only(stack: Synthesized) -> None:
    for name in MODELS:
        (one,) = [
            item for item in stack.objects("aws") if (item["kind"], item["metadata"]["name"]) == ("Deployment", name)
        ]
        pod = one["spec"]["template"]["spec"]
        assert {"effect": "NoSchedule", "key": "nvidia.com/gpu", "operator": "Equal", "value": "present"} in pod[
            "tolerations"
        ]
        assert "gpu" in pod["nodeSelector"].values()
