"""Sock Shop: what its manifests say.

Facts of https://github.com/microservices-demo/microservices-demo, deploy/kubernetes/complete-demo.yaml.
"""

from collections.abc import Iterator

from support.systems.manifests import Data, container, http, item, resources, service, workload

JAVA = "-Xms64m -Xmx128m -XX:+UseG1GC -Djava.security.egd=file:/dev/urandom -Dspring.zipkin.enabled=false"
DATABASE = ["CHOWN", "SETGID", "SETUID"]
IMAGES = {
    "carts": "weaveworksdemos/carts:0.4.8",
    "carts-db": "mongo",
    "catalogue": "weaveworksdemos/catalogue:0.3.5",
    "catalogue-db": "weaveworksdemos/catalogue-db:0.3.0",
    "front-end": "weaveworksdemos/front-end:0.3.12",
    "orders": "weaveworksdemos/orders:0.4.7",
    "orders-db": "mongo",
    "payment": "weaveworksdemos/payment:0.4.3",
    "queue-master": "weaveworksdemos/queue-master:0.3.1",
    "rabbitmq": "rabbitmq:3.6.8-management",
    "session-db": "redis:alpine",
    "shipping": "weaveworksdemos/shipping:0.4.8",
    "user": "weaveworksdemos/user:0.4.7",
    "user-db": "weaveworksdemos/user-db:0.3.0",
}
PORTS = {
    "carts-db": ("mongo", 27017),
    "catalogue-db": ("mysql", 3306),
    "front-end": ("", 8079),
    "orders-db": ("mongo", 27017),
    "session-db": ("redis", 6379),
    "user-db": ("mongo", 27017),
}
"""Name and number of each port that is not an unnamed 80."""
AMOUNTS = {
    "carts": ("100m", "200Mi", "300m", "500Mi"),
    "catalogue": ("100m", "100Mi", "200m", "200Mi"),
    "front-end": ("100m", "300Mi", "300m", "1000Mi"),
    "orders": ("100m", "300Mi", "500m", "500Mi"),
    "payment": ("99m", "100Mi", "200m", "200Mi"),
    "queue-master": ("100m", "300Mi", "300m", "500Mi"),
    "shipping": ("100m", "300Mi", "300m", "500Mi"),
    "user": ("100m", "100Mi", "300m", "200Mi"),
}
VARIABLES = {
    "carts": {"JAVA_OPTS": JAVA},
    "catalogue-db": {"MYSQL_ROOT_PASSWORD": "fake_password", "MYSQL_DATABASE": "socksdb"},
    "front-end": {"SESSION_REDIS": "true"},
    "orders": {"JAVA_OPTS": JAVA},
    "queue-master": {"JAVA_OPTS": JAVA},
    "shipping": {"ZIPKIN": "zipkin.jaeger.svc.cluster.local", "JAVA_OPTS": JAVA},
    "user": {"mongo": "user-db:27017"},
}
DELAYS = {"catalogue": 180, "front-end": 30, "payment": 180, "user": 180}
"""Seconds before the first check of readiness; liveness waits for 300."""
IN_MEMORY = {"carts", "carts-db", "orders", "orders-db", "shipping", "user-db"}
"""They write to /tmp in memory."""
UNLIMITED = {"catalogue-db", "queue-master"}
"""Their containers have no security context."""


def objects() -> Iterator[Data]:
    """Yield the objects."""
    for one in _objects():
        if one["kind"] != "Namespace":
            one["metadata"]["namespace"] = "sock-shop"
        yield one


def _objects() -> Iterator[Data]:
    yield item("Namespace", "sock-shop")
    for name in IMAGES:
        labels = {"name": name}
        own = {} if name == "front-end" else labels
        annotations = {"rabbitmq": {"prometheus.io/scrape": "false"}, "session-db": {"prometheus.io.scrape": "false"}}
        pod = {"containers": list(_containers(name)), "nodeSelector": {"beta.kubernetes.io/os": "linux"}}
        if name in IN_MEMORY:
            pod["volumes"] = [{"name": "tmp-volume", "emptyDir": {"medium": "Memory"}}]
        yield workload(
            "Deployment", name, labels, pod, labels=own, replicas=1, pod_annotations=annotations.get(name, {})
        )
        yield _service(name)


def _containers(name: str) -> Iterator[Data]:
    title, number = PORTS.get(name, ("", 80))
    ports = [{"containerPort": number, **({"name": title} if title else {})}]
    if name == "rabbitmq":
        ports = [{"containerPort": 15672, "name": "management"}, {"containerPort": 5672, "name": "rabbitmq"}]
    delay = DELAYS.get(name)
    path = "/" if name == "front-end" else "/health"
    yield container(
        name,
        IMAGES[name],
        VARIABLES.get(name),
        command=["/app"] if name == "catalogue" else [],
        args=["-port=80"] if name == "catalogue" else [],
        ports=ports,
        resources=resources(*AMOUNTS[name]) if name in AMOUNTS else {},
        securityContext={} if name in UNLIMITED else _security(name),
        volumeMounts=[{"name": "tmp-volume", "mountPath": "/tmp"}] if name in IN_MEMORY else [],
        livenessProbe=http(path, number, initialDelaySeconds=300, periodSeconds=3) if delay else {},
        readinessProbe=http(path, number, initialDelaySeconds=delay, periodSeconds=3) if delay else {},
    )
    if name == "rabbitmq":
        exporter = [{"containerPort": 9090, "name": "exporter"}]
        yield container("rabbitmq-exporter", "kbudde/rabbitmq-exporter", ports=exporter)


def _security(name: str) -> Data:
    if name in AMOUNTS:
        added = [] if name == "front-end" else ["NET_BIND_SERVICE"]
        user: Data = {"runAsNonRoot": True, "runAsUser": 10001}
    else:
        added, user = [*DATABASE, *(["DAC_OVERRIDE"] if name == "rabbitmq" else [])], {}
    capabilities = {"drop": ["all"], **({"add": added} if added else {})}
    return {**user, "capabilities": capabilities, "readOnlyRootFilesystem": True}


def _service(name: str) -> Data:
    _, number = PORTS.get(name, ("", 80))
    annotations = {} if name.endswith("-db") else {"prometheus.io/scrape": "true"}
    ports: list[Data] = [{"port": number, "targetPort": number}]
    more: Data = {}
    if name == "front-end":
        ports, more = [{"port": 80, "targetPort": 8079, "nodePort": 30001}], {"type": "NodePort"}
    if name == "rabbitmq":
        annotations["prometheus.io/port"] = "9090"
        ports = [
            {"port": 5672, "name": "rabbitmq", "targetPort": 5672},
            {"port": 9090, "name": "exporter", "targetPort": "exporter", "protocol": "TCP"},
        ]
    return service(name, {"name": name}, ports, labels={"name": name}, annotations=annotations, **more)
