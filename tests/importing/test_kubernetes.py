"""Manifests become a project whose synthesis has their properties, or the report says why not."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from importing.conftest import Imported
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.importing.formats import read_format
from support.command import qcdk

pytestmark = pytest.mark.slow

SHOP = """\
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    namespace: shop
    uid: 5e0f
    annotations: { deployment.kubernetes.io/revision: "3", team: front }
    labels: { app: web, app.kubernetes.io/managed-by: Helm }
    managedFields: [{ manager: helm }]
  spec:
    replicas: 2
    progressDeadlineSeconds: 300
    selector: { matchLabels: { app: web } }
    strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 25%, maxUnavailable: 0 } }
    template:
      metadata: { labels: { app: web, tier: front } }
      spec:
        serviceAccountName: web
        terminationGracePeriodSeconds: 20
        nodeSelector: { disk: ssd }
        tolerations: [{ key: spot, operator: Exists, effect: NoSchedule }]
        securityContext: { runAsUser: 1000, runAsNonRoot: true, fsGroup: 1000 }
        initContainers:
        - { name: wait, image: busybox, command: [sh, -c, "until nc -z db 5432; do sleep 1; done"] }
        containers:
        - name: server
          image: nginx:1.29
          args: [--listen, 8080]
          ports: [{ containerPort: 8080 }, { containerPort: 9000, name: admin, hostPort: 9000 }]
          env:
          - { name: DATABASE_URL, value: "postgres://db:5432/shop" }
          - { name: node.name, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }
          - { name: PASSWORD, valueFrom: { secretKeyRef: { name: db-login, key: password } } }
          envFrom: [{ configMapRef: { name: web } }]
          readinessProbe: { httpGet: { path: /ready, port: 8080 }, timeoutSeconds: 1 }
          livenessProbe: { tcpSocket: { port: admin }, periodSeconds: 7 }
          resources: { requests: { cpu: 1, memory: 128Mi }, limits: { memory: 0.5Gi } }
          securityContext:
            { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
          terminationMessagePath: /dev/termination-log
          volumeMounts:
          - { name: conf, mountPath: /etc/web }
          - { name: conf, mountPath: /etc/one.conf, subPath: a.conf }
          - { name: scratch, mountPath: /var/cache }
          - { name: scratch, mountPath: /var/run }
          - { name: share, mountPath: /mnt/share, readOnly: true }
        volumes:
        - { name: conf, configMap: { name: web, defaultMode: 292 } }
        - { name: scratch, emptyDir: { sizeLimit: 1Gi } }
        - { name: share, nfs: { server: files.example, path: /share } }
  status: { readyReplicas: 2 }
- apiVersion: v1
  kind: Service
  metadata: { name: web, namespace: shop }
  spec:
    clusterIP: 10.0.0.7
    selector: { app: web }
    ports: [{ name: http, port: 80, targetPort: 8080 }]
- apiVersion: v1
  kind: ConfigMap
  metadata: { name: web, namespace: shop }
  data: { a.conf: "a = {{ 1 }}\\n", MODE: fast }
- apiVersion: v1
  kind: Secret
  metadata: { name: db-login, namespace: shop }
  stringData: { password: very-secret }
- apiVersion: v1
  kind: ServiceAccount
  metadata: { name: web, namespace: shop }
- apiVersion: apps/v1
  kind: StatefulSet
  metadata: { name: db, namespace: shop }
  spec:
    serviceName: db-peers
    selector: { matchLabels: { app: db } }
    template:
      metadata: { labels: { app: db } }
      spec:
        containers:
        - name: db
          image: docker.io/library/postgres:17@sha256:DIGEST
          ports: [{ containerPort: 5432, name: sql }]
          volumeMounts: [{ name: data, mountPath: /var/lib/postgresql }]
    volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 5Gi } } }
- apiVersion: v1
  kind: Service
  metadata: { name: db, namespace: shop }
  spec: { selector: { app: db }, ports: [{ port: 5432, targetPort: sql }] }
- apiVersion: networking.k8s.io/v1
  kind: Ingress
  metadata: { name: shop, namespace: shop, annotations: { nginx.ingress.kubernetes.io/proxy-body-size: 8m } }
  spec:
    ingressClassName: nginx
    tls: [{ hosts: [shop.example], secretName: shop-tls }]
    rules:
    - host: shop.example
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { name: http } } } }] }
- apiVersion: autoscaling/v2
  kind: HorizontalPodAutoscaler
  metadata: { name: web-scale, namespace: shop }
  spec:
    scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
    minReplicas: 2
    maxReplicas: 6
    metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } } }]
- apiVersion: batch/v1
  kind: CronJob
  metadata: { name: sweep, namespace: shop }
  spec:
    schedule: "0 4 * * *"
    jobTemplate:
      spec:
        backoffLimit: 2
        template:
          spec:
            restartPolicy: OnFailure
            containers: [{ name: sweep, image: "ghcr.io/shop/tools:v2", command: [sweep] }]
- apiVersion: shop.example/v1
  kind: Discount
  metadata: { name: summer, namespace: shop }
  spec: { percent: 20 }
""".replace("DIGEST", "a" * 64)


OBJECT = "apiVersion: v1\nkind: A\nmetadata: { name: a }\n"


@pytest.fixture(scope="module")
def shop(imported: Callable[..., Imported]) -> Imported:
    return imported(SHOP)


def container(item: dict, name: str) -> dict:
    return next(one for one in item["spec"]["template"]["spec"]["containers"] if one["name"] == name)


def test_every_property_comes_out_or_has_a_reason(shop: Imported) -> None:
    assert shop.report.carried > 120
    assert [one for one in shop.report.left if one.reason == "The library sets a different value."] == []


def test_workloads_become_components(shop: Imported) -> None:
    system = yaml.safe_load((shop.root / "apps" / "system.yaml").read_text())
    assert {name: one["kind"] for name, one in system["components"].items()} == {
        "web": "service",
        "db": "stateful",
        "sweep": "job",
    }
    web = system["components"]["web"]
    assert web["reaches"] == ["db"]
    assert {"name": "http", "port": 8080, "service_port": 80} in web["ports"]
    assert web["security"]["user"] == 1000
    assert "root" not in web["security"]


def test_what_the_model_has_no_word_for_is_a_patch(shop: Imported) -> None:
    deployment = shop.find("Deployment", "web")
    assert deployment["spec"]["progressDeadlineSeconds"] == 300
    assert deployment["metadata"]["annotations"]["team"] == "front"
    web = container(deployment, "web")
    assert {"name": "admin", "containerPort": 9000, "hostPort": 9000, "protocol": "TCP"} in web["ports"]
    mounts = {one["mountPath"]: one["name"] for one in web["volumeMounts"]}
    assert mounts["/var/cache"] == mounts["/var/run"] == "scratch"
    volumes = {one["name"]: one for one in deployment["spec"]["template"]["spec"]["volumes"]}
    assert volumes[mounts["/mnt/share"]]["nfs"] == {"server": "files.example", "path": "/share"}
    tls = shop.find("Ingress", "web-shop")["spec"]["tls"]
    assert tls == [{"hosts": ["shop.example"], "secretName": "shop-tls"}]


def test_what_belongs_to_no_component_is_kept(shop: Imported) -> None:
    assert shop.find("Discount", "summer")["spec"] == {"percent": 20}
    assert shop.find("ConfigMap", "web-imported")["data"] == {"a.conf": "a = {{ 1 }}\n", "MODE": "fast"}
    assert shop.find("ConfigMap", "web")["data"]["DATABASE_URL"] == "postgres://db:5432/shop"


def test_a_container_without_restrictions_keeps_what_it_may_do(shop: Imported) -> None:
    pod = shop.find("StatefulSet", "db")["spec"]["template"]["spec"]
    assert "runAsUser" not in pod["securityContext"]
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is False
    assert "drop" not in pod["containers"][0]["securityContext"].get("capabilities", {})


def test_the_autoscaler_has_its_bounds(shop: Imported) -> None:
    spec = shop.find("HorizontalPodAutoscaler", "web")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 6)
    assert shop.reasons("Deployment/web")["spec.replicas"] == "An autoscaler sets the number of replicas."


def test_a_secret_is_named_and_its_value_is_nowhere(shop: Imported) -> None:
    assert "Create the Secret db-login with the keys password." in shop.report.added
    assert "very-secret" not in "".join(path.read_text() for path in shop.root.rglob("*") if path.is_file())


def test_what_the_cluster_wrote_is_told_with_its_line(shop: Imported) -> None:
    left = {(one.object, one.path): one for one in shop.report.left}
    status = left["Deployment/web", "status.readyReplicas"]
    assert status.reason == "The cluster writes it."
    assert SHOP.splitlines()[status.line - 1] == "  status: { readyReplicas: 2 }"
    assert ("Service/web", "spec.clusterIP") in left


def test_the_report_has_the_annotations_that_the_library_sets_and_the_source_does_not(shop: Imported) -> None:
    told = {one.path: one.value for one in shop.report.set if one.kind == "Ingress"}
    limit = "nginx.ingress.kubernetes.io/limit-rps"
    assert (
        told[f'metadata.annotations["{limit}"]'] == shop.find("Ingress", "web-shop")["metadata"]["annotations"][limit]
    )
    assert not [path for path in told if "proxy-body-size" in path or "argocd" in path]


def test_the_report_is_a_file_of_the_project(shop: Imported) -> None:
    text = (shop.root / "import.md").read_text()
    assert text.startswith("# Import\n")
    assert f"{shop.report.carried} of {shop.report.total} properties" in text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [1\n", "source.yaml:2: not valid YAML: "),
        ("kind: Pod\napiVersion: v1\n", "source.yaml:1: not a Kubernetes object: it lacks kind or metadata.name"),
        ("x: 1\n", "source.yaml:1: a document in an unknown format, expected "),
        (f"{OBJECT}---\nservices: {{ a: {{ image: a }} }}\n", "source.yaml:5: a compose document"),
        ("apiVersion: v1\nkind: A\nmetadata: { name: a, name: b }\n", 'source.yaml:3: the key "name" is set twice'),
        ("a: &a [*b]\n", "source.yaml:1: not valid YAML: "),
        ("", ": no document"),
    ],
)
def test_what_is_no_source_is_refused_with_its_line(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "source.yaml").write_text(text)
    with pytest.raises(ModelError) as error:
        read_format([tmp_path / "source.yaml"])
    assert problem in str(error.value)


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "source.yaml").write_text(SHOP)
    (tmp_path / "mine.txt").write_text("mine")
    done = qcdk("import", tmp_path / "source.yaml", "--out", tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith("the folder is not empty, expected an empty folder, or a new one\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "source.yaml"]


UNDECLARED = """\
apiVersion: apps/v1
kind: Deployment
metadata: { name: ledger }
spec:
  selector: { matchLabels: { app: ledger } }
  template:
    metadata: { labels: { app: ledger } }
    spec:
      containers: [{ name: main, image: nginx:1.29, readinessProbe: { httpGet: { path: /ready, port: 8080 } } }]
---
apiVersion: v1
kind: Service
metadata: { name: ledger }
spec:
  selector: { app: ledger }
  ports: [{ name: http, port: 80, targetPort: 8080 }, { name: dns, port: 53, protocol: UDP }]
"""


def test_a_port_that_only_the_service_names_is_one_of_the_component(imported: Callable[..., Imported]) -> None:
    found = imported(UNDECLARED)
    ports = {one["name"]: one for one in found.find("Service", "ledger")["spec"]["ports"]}
    assert (ports["http"]["port"], ports["http"]["targetPort"]) == (80, "http")
    assert (ports["dns"]["port"], ports["dns"]["protocol"]) == (53, "UDP")
    (container,) = found.find("Deployment", "ledger")["spec"]["template"]["spec"]["containers"]
    assert {(one["containerPort"], one.get("protocol", "TCP")) for one in container["ports"]} == {
        (8080, "TCP"), (53, "UDP")
    }  # fmt: skip
    assert set(found.reasons("Service/ledger").values()) <= {"The labels of the library select the pods."}


def test_ports_of_a_service_that_lead_to_one_port_of_the_container_all_come_out(
    imported: Callable[..., Imported],
) -> None:
    more = "{ name: alternative-http, port: 8080, targetPort: 8080, appProtocol: http }, { name: dns,"
    ingress = """\
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example
    http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: ledger, port: { number: 8080 } } } }] }
"""
    found = imported(UNDECLARED.replace("{ name: dns,", more) + ingress)
    ports = {one["port"]: one for one in found.find("Service", "ledger")["spec"]["ports"]}
    assert {one["targetPort"] for number, one in ports.items() if number != 53} == {"http"}
    assert (ports[8080]["name"], ports[8080]["appProtocol"]) == ("alternative-http", "http")
    (declared,) = found.ports("ledger", 8080)
    assert declared["additional_service_ports"] == [{"name": "alternative-http", "port": 8080, "app_protocol": "http"}]
    assert "patches" not in yaml.safe_load((found.root / "apps" / "system.yaml").read_text())
    assert set(found.reasons("Service/ledger").values()) <= {"The labels of the library select the pods."}
    assert "Ingress shop no longer leads to /ready: health checks are not public." in found.report.added
    closed, path = found.find("Ingress", "ledger-shop")["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": "ledger", "port": {"number": 8080}}  # The name is too long.
    assert (closed["path"], closed["backend"]["service"]["name"]) == ("/ready", "ledger-shop-closed")
    assert set(found.reasons("Ingress/shop").values()) == {"It has another name."}


def test_a_path_of_an_ingress_with_the_type_of_its_controller_is_there_once(imported: Callable[..., Imported]) -> None:
    backend = "{ service: { name: ledger, port: { number: 80 } } }"
    found = imported(
        UNDECLARED
        + f"""\
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{ name: shop }}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example
    http: {{ paths: [{{ path: /, pathType: ImplementationSpecific, backend: {backend} }}] }}
"""
    )
    paths = found.find("Ingress", "ledger-shop")["spec"]["rules"][0]["http"]["paths"]
    assert [one["pathType"] for one in paths if one["path"] == "/"] == ["ImplementationSpecific"]


def test_a_service_port_has_another_name_than_the_port_of_the_container(imported: Callable[..., Imported]) -> None:
    source = UNDECLARED.replace("image: nginx:1.29,", "image: nginx:1.29, ports: [{ name: web, containerPort: 8080 }],")
    found = imported(source)
    port = next(one for one in found.find("Service", "ledger")["spec"]["ports"] if one["port"] == 80)
    assert (port["name"], port["targetPort"]) == ("http", "web")
    assert "patches" not in yaml.safe_load((found.root / "apps" / "system.yaml").read_text())


def test_the_second_path_of_an_ingress_leads_to_another_port(imported: Callable[..., Imported]) -> None:
    ingress = """\
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example
    http:
      paths:
      - { path: /a, pathType: Prefix, backend: { service: { name: ledger, port: { name: http } } } }
      - { path: /b, pathType: Prefix, backend: { service: { name: ledger, port: { number: 81 } } } }
"""
    found = imported(UNDECLARED.replace("{ name: dns,", "{ name: more, port: 81 }, { name: dns,") + ingress)
    paths = found.find("Ingress", "ledger-shop")["spec"]["rules"][0]["http"]["paths"]
    ports = [path["backend"]["service"]["port"] for path in paths if path["path"] in ("/a", "/b")]
    assert ports == [{"name": "http"}, {"number": 81}]
    assert set(found.reasons("Ingress/shop").values()) == {"It has another name."}


def test_an_object_that_does_not_come_out_says_so(imported: Callable[..., Imported]) -> None:
    """A Service to a port by a name that no container has leads nowhere in the source, too."""
    found = imported(UNDECLARED.split("  ports: [")[0] + "  ports: [{ name: http, port: 80, targetPort: web }]\n")
    assert ("Service", "ledger") not in found.objects
    reasons = found.reasons("Service/ledger")
    assert set(reasons) >= {"kind", "metadata.name", "spec.ports[http].port"}
    assert "The labels of the library select the pods." not in reasons.values()


TWICE = """\
apiVersion: apps/v1
kind: Deployment
metadata: { name: operator }
spec:
  selector: { matchLabels: { app: operator } }
  template:
    metadata: { labels: { app: operator } }
    spec:
      containers:
      - { name: main, image: nginx:1.29, ports: [{ containerPort: 6500, name: api }, { containerPort: 19443 }] }
---
apiVersion: v1
kind: Service
metadata: { name: operator-api }
spec: { selector: { app: operator }, ports: [{ port: 443, targetPort: 6500 }] }
---
apiVersion: v1
kind: Service
metadata: { name: operator-webhook }
spec: { selector: { app: operator }, ports: [{ port: 443, targetPort: 19443 }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: migrations }
data:
"""


def test_two_services_with_one_port_lead_to_one_component(imported: Callable[..., Imported]) -> None:
    found = imported(TWICE)
    assert not any("Service" in said for said in found.report.added)
    for name, target in (("operator-api", 6500), ("operator-webhook", 19443)):
        (port,) = found.find("Service", name)["spec"]["ports"]
        assert (port["port"], port["targetPort"]) == (443, target)
    assert {one["port"] for one in found.find("Service", "operator")["spec"]["ports"]} == {6500, 19443}


def test_a_field_without_a_value_is_an_absent_one(imported: Callable[..., Imported]) -> None:
    assert "data" not in imported(TWICE).find("ConfigMap", "migrations")


def unbuilt(source: str) -> str:
    """Return a source for a tool that builds the image and writes its name."""
    return source.replace("nginx:1.29", "ko://example.com/cmd/operator")


def test_a_workload_of_an_image_that_has_no_valid_name_stays_an_object(imported: Callable[..., Imported]) -> None:
    found = imported(f"{UNDECLARED}---\n{unbuilt(TWICE)}")
    said = "Deployment operator stays an object: ko://example.com/cmd/operator is not the name of an image."
    assert said in found.report.added
    (container,) = found.find("Deployment", "operator")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "ko://example.com/cmd/operator"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            unbuilt(TWICE),
            "source.yaml:1: Deployment operator: ko://example.com/cmd/operator is not the name of an image",
        ),
        (
            "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }",
            "source.yaml:1: no component, expected a workload",
        ),
    ],
)
def test_a_source_without_a_component_is_refused_with_its_line(source: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "source.yaml").write_text(source)
    done = qcdk("import", tmp_path / "source.yaml", "--project", tmp_path / "out")
    assert (done.returncode, (tmp_path / "out").exists()) == (2, False)
    assert said in done.stderr


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("selector: { matchLabels: { app: ledger } }", "strategy: fast"),
        ("path: /ready, port: 8080", "path: /ready, port: 8080, httpHeaders: [{ name: A }]"),
        ("name: main,", "name: main, securityContext: [],"),
        ("name: main,", "name: main, securityContext: [a],"),
        ("name: main,", "name: main, env: [a],"),
        ("name: main,", "name: main, volumeMounts: {},"),
        ("name: main,", "name: main, resources: big,"),
        ("spec:\n  selector: { app: ledger }", "spec: plenty\nmore:\n  selector: { app: ledger }"),
        ("ports: [{ name: http,", "ports: [80, { name: http,"),
    ],
)
def test_fields_of_another_form_are_refused_with_a_line(right: str, wrong: str, tmp_path: Path) -> None:
    assert right in UNDECLARED
    (tmp_path / "source.yaml").write_text(UNDECLARED.replace(right, wrong))
    done = qcdk("import", tmp_path / "source.yaml", "--project", tmp_path / "out")
    assert done.returncode in (0, 2), done.stderr
    assert "internal error" not in done.stderr
    assert done.returncode == 0 or "source.yaml:" in done.stderr


BUDGETED = """
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, type: RollingUpdate }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - name: web
        image: docker.io/library/web:1
        env: [{ name: A, value: "1" }, { name: B, value: "$(A)" }, { name: A, value: "2" }]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: shop }
spec: { minAvailable: BOUND, selector: { matchLabels: { app: web } } }
"""


@pytest.mark.parametrize("bound", ["1", "50%"])
def test_a_budget_keeps_its_bound_and_no_other(bound: str, imported: Callable[..., Imported]) -> None:
    found = imported(BUDGETED.replace("BOUND", bound)).find("PodDisruptionBudget", "web")["spec"]
    assert str(found["minAvailable"]) == bound
    assert "maxUnavailable" not in found


def test_of_two_variables_with_one_name_the_last_counts(imported: Callable[..., Imported]) -> None:
    shop = imported(BUDGETED.replace("BOUND", "1"))
    (container,) = shop.find("Deployment", "web")["spec"]["template"]["spec"]["containers"]
    assert "A" not in [one["name"] for one in container.get("env", []) if one["value"] != "2"]
    assert shop.find("ConfigMap", "web")["data"] == {"A": "2"}
    assert {"name": "B", "value": "$(A)"} in container["env"]
