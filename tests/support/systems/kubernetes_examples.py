"""Cassandra and the guestbook of Kubernetes' examples, in one namespace: what their manifests say.

Facts of https://github.com/kubernetes/examples, databases/cassandra and web/guestbook.
"""

from collections.abc import Iterator

from support.systems.manifests import Data, container, item, resources, service, workload

CASSANDRA = {"app": "cassandra"}
PORTS = {"intra-node": 7000, "tls-intra-node": 7001, "jmx": 7199, "cql": 9042}
VARIABLES = {
    "MAX_HEAP_SIZE": "512M",
    "HEAP_NEWSIZE": "100M",
    "CASSANDRA_SEEDS": "cassandra-0.cassandra.default.svc.cluster.local",
    "CASSANDRA_CLUSTER_NAME": "K8Demo",
    "CASSANDRA_DC": "DC1-K8Demo",
    "CASSANDRA_RACK": "Rack1-K8Demo",
    "CASSANDRA_SEED_PROVIDER": "io.k8s.cassandra.KubernetesSeedProvider",
}
GUESTBOOK = {
    # name: container, image, port, replicas, labels, variables
    "frontend": (
        "php-redis", "gcr.io/google-samples/gb-frontend:v5", 80, 3,
        {"app": "guestbook", "tier": "frontend"}, {"GET_HOSTS_FROM": "dns"},
    ),
    "redis-master": (
        "master", "registry.k8s.io/redis:e2e", 6379, 1,
        {"app": "redis", "role": "master", "tier": "backend"}, {},
    ),
    "redis-replica": (
        "slave", "gcr.io/google_samples/gb-redisslave:v1", 6379, 2,
        {"app": "redis", "role": "replica", "tier": "backend"}, {"GET_HOSTS_FROM": "dns"},
    ),
}  # fmt: skip


def objects() -> Iterator[Data]:
    """Yield the objects."""
    yield from _cassandra()
    for name, (title, image, port, replicas, labels, variables) in GUESTBOOK.items():
        requests = {"requests": {"cpu": "100m", "memory": "100Mi"}}
        main = container(title, image, variables, resources=requests, ports=[{"containerPort": port}])
        yield workload("Deployment", name, labels, {"containers": [main]}, replicas=replicas)
        target = {"targetPort": port} if name == "redis-master" else {}
        more = {"type": "NodePort"} if name == "frontend" else {}
        yield service(name, labels, [{"port": port, **target}], labels=labels, **more)


def _cassandra() -> Iterator[Data]:
    times = {"initialDelaySeconds": 15, "timeoutSeconds": 5, "periodSeconds": 10, "failureThreshold": 3}
    main = container(
        "cassandra",
        "gcr.io/google-samples/cassandra:v14",
        VARIABLES,
        env=[{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        imagePullPolicy="Always",
        ports=[{"containerPort": number, "name": name} for name, number in PORTS.items()],
        resources=resources("500m", "1Gi", "500m", "1Gi"),
        securityContext={"capabilities": {"add": ["IPC_LOCK"]}},
        lifecycle={"preStop": {"exec": {"command": ["/bin/sh", "-c", "nodetool drain"]}}},
        readinessProbe={"exec": {"command": ["/bin/bash", "-c", "/ready-probe.sh"]}, **times},
        livenessProbe={"exec": {"command": ["/bin/bash", "-c", "nodetool status"]}, **times},
        volumeMounts=[{"name": "cassandra-data", "mountPath": "/var/lib/cassandra"}],
    )
    claim = {
        "metadata": {"name": "cassandra-data", "annotations": {"volume.beta.kubernetes.io/storage-class": "fast"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    pod = {"containers": [main], "terminationGracePeriodSeconds": 1800}
    more = {"replicas": 3, "serviceName": "cassandra", "volumeClaimTemplates": [claim]}
    yield workload("StatefulSet", "cassandra", CASSANDRA, pod, labels=CASSANDRA, **more)
    yield service("cassandra", CASSANDRA, [{"port": 9042}], labels=CASSANDRA, clusterIP="None")
    yield item("StorageClass", "fast", provisioner="k8s.io/minikube-hostpath", parameters={"type": "pd-ssd"})
