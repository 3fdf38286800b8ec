"""Score files become a project; what a provisioner would fill in is told."""

from collections.abc import Callable

import pytest

from importing.conftest import Imported

HELLO = """\
apiVersion: score.dev/v1b1
metadata: { name: hello, annotations: { team: a } }
containers:
  main:
    image: nginx:1.29
    variables: { GREETING: hi, DB: "${resources.db.host}", DOLLAR: "$${x}" }
    livenessProbe: { httpGet: { path: /, port: 80 } }
    files: { /etc/hello/hello.conf: { content: "a = 1\\n" } }
    volumes: { /data: { source: "${resources.store}" } }
    resources: { limits: { cpu: 200m, memory: 64Mi }, requests: { cpu: 100m, memory: 32Mi } }
  helper:
    image: ghcr.io/hello/helper:1
    command: [help]
service: { ports: { www: { port: 8080, targetPort: 80 } } }
resources: { db: { type: postgres }, store: { type: volume } }
"""


@pytest.fixture(scope="module")
def hello(imported: Callable[..., Imported]) -> Imported:
    return imported(HELLO)


@pytest.mark.slow
def test_a_workload_becomes_a_component(hello: Imported) -> None:
    pod = hello.find("Deployment", "hello")["spec"]["template"]
    assert pod["metadata"]["annotations"]["team"] == "a"
    main, helper = pod["spec"]["containers"]
    assert main["livenessProbe"]["httpGet"] == {"path": "/", "port": 80}
    assert main["resources"]["requests"] == {"cpu": "100m", "ephemeral-storage": "1Gi", "memory": "32Mi"}
    assert {one["mountPath"] for one in main["volumeMounts"]} == {"/data", "/etc/hello/hello.conf"}
    assert (helper["name"], helper["command"]) == ("helper", ["help"])
    assert hello.find("ConfigMap", "hello")["data"] == {"DOLLAR": "${x}", "GREETING": "hi"}
    (port,) = hello.find("Service", "hello")["spec"]["ports"]
    assert (port["name"], port["port"]) == ("www", 8080)


@pytest.mark.integration
def test_files_and_volumes_are_there(hello: Imported) -> None:
    assert hello.find("ConfigMap", "hello-etc-hello-hello-conf")["data"] == {"hello.conf": "a = 1\n"}
    assert hello.find("PersistentVolumeClaim", "hello-store")


def test_what_a_provisioner_fills_in_is_told(hello: Imported) -> None:
    assert set(hello.reasons("workload hello")) == {
        "containers.main.variables.DB",
        "resources.db.type",
        "resources.store.type",
    }
