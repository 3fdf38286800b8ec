"""Bank of Anthos 0.6.10: what its manifests say.

Facts of https://github.com/GoogleCloudPlatform/bank-of-anthos, kubernetes-manifests. The digests are not the published
ones, and the passwords are not the published ones.
"""

from collections.abc import Iterator

from support.systems.manifests import Data, container, http, item, resources, service, stated, workload

REGISTRY = "us-central1-docker.pkg.dev/bank-of-anthos-ci/bank-of-anthos"
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["all"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
}
USER = {"fsGroup": 1000, "runAsGroup": 1000, "runAsNonRoot": True, "runAsUser": 1000}
JAVA = "-XX:+UnlockExperimentalVMOptions -XX:+UseCGroupMemoryLimitForHeap -Xms256m -Xmx512m"
TRACED = {"VERSION": "v0.6.10", "PORT": "8080", "ENABLE_TRACING": "true"}
LEDGER = {**TRACED, "ENABLE_METRICS": "true", "JVM_OPTS": JAVA, "LOG_LEVEL": "info"}
NAMESPACE = [{"name": "NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}]
SERVERS: dict[str, tuple[str, str, dict[str, str], list[str], Data]] = {
    # name: team, tier, variables, ConfigMaps with more, resources
    "balancereader": (
        "ledger", "backend", LEDGER | {"POLL_MS": "100", "CACHE_SIZE": "1000000"}, ["ledger-db-config"],
        resources("100m", "256Mi", "500m", "512Mi", "0.5Gi"),
    ),
    "contacts": (
        "accounts", "backend", TRACED | {"LOG_LEVEL": "info"}, ["accounts-db-config"],
        resources("100m", "64Mi", "250m", "128Mi", "0.25Gi"),
    ),
    "frontend": (
        "frontend", "web", TRACED | {"SCHEME": "http", "LOG_LEVEL": "info"}, ["service-api-config"],
        resources("100m", "64Mi", "250m", "128Mi"),
    ),
    "ledgerwriter": (
        "ledger", "backend", LEDGER, ["service-api-config", "ledger-db-config"],
        resources("100m", "256Mi", "500m", "512Mi", "0.5Gi"),
    ),
    "transactionhistory": (
        "ledger", "backend",
        LEDGER | {"POLL_MS": "100", "CACHE_SIZE": "1000", "CACHE_MINUTES": "60", "HISTORY_LIMIT": "100"},
        ["ledger-db-config"], resources("100m", "256Mi", "500m", "512Mi", "0.5Gi"),
    ),
    "userservice": (
        "accounts", "backend",
        TRACED | {"TOKEN_EXPIRY_SECONDS": "3600", "PRIV_KEY_PATH": "/tmp/.ssh/privatekey", "LOG_LEVEL": "info"},
        ["accounts-db-config"], resources("260m", "128Mi", "500m", "256Mi", "0.25Gi"),
    ),
}  # fmt: skip
PROBES: dict[str, Data] = {
    "balancereader": {
        "startupProbe": http("/healthy", 8080, periodSeconds=10, failureThreshold=30),
        "livenessProbe": http("/healthy", 8080, initialDelaySeconds=120, periodSeconds=5, timeoutSeconds=10),
        "readinessProbe": http("/ready", 8080, initialDelaySeconds=60, periodSeconds=5, timeoutSeconds=10),
    },
    "contacts": {"readinessProbe": http("/ready", 8080, initialDelaySeconds=10, periodSeconds=5, timeoutSeconds=10)},
    "frontend": {
        "livenessProbe": http("/ready", 8080, initialDelaySeconds=60, periodSeconds=15, timeoutSeconds=30),
        "readinessProbe": http("/ready", 8080, initialDelaySeconds=10, periodSeconds=5, timeoutSeconds=10),
    },
    "ledgerwriter": {
        "startupProbe": http("/ready", 8080, periodSeconds=10, failureThreshold=30),
        "readinessProbe": http("/ready", 8080, initialDelaySeconds=60, periodSeconds=5, timeoutSeconds=10),
    },
}
PROBES |= {"transactionhistory": PROBES["balancereader"], "userservice": PROBES["contacts"]}
DATABASES = {
    # name: team, name of the container, requests and limits of CPU and memory
    "accounts-db": ("accounts", "accounts-db", resources("100m", "128Mi", "250m", "512Mi")),
    "ledger-db": ("ledger", "postgres", resources("100m", "512Mi", "250m", "1Gi")),
}
CONFIGURATION = {
    "environment-config": {"LOCAL_ROUTING_NUM": "883745000", "PUB_KEY_PATH": "/tmp/.ssh/publickey"},
    "service-api-config": {
        f"{key}_API_ADDR": f"{name}:8080"
        for key, name in (
            ("TRANSACTIONS", "ledgerwriter"), ("BALANCES", "balancereader"), ("HISTORY", "transactionhistory"),
            ("CONTACTS", "contacts"), ("USERSERVICE", "userservice"),
        )
    },
    "demo-data-config": {"USE_DEMO_DATA": "True", "DEMO_LOGIN_USERNAME": "testuser", "DEMO_LOGIN_PASSWORD": "open"},
}  # fmt: skip
OF_DATABASES = {
    "accounts-db-config": {
        "ACCOUNTS_DB_URI": "postgresql://accounts-admin:open@accounts-db:5432/accounts-db",
        "POSTGRES_DB": "accounts-db",
        "POSTGRES_PASSWORD": "open",
        "POSTGRES_USER": "accounts-admin",
    },
    "ledger-db-config": {
        "POSTGRES_DB": "postgresdb",
        "POSTGRES_PASSWORD": "open",
        "POSTGRES_USER": "admin",
        "SPRING_DATASOURCE_PASSWORD": "open",
        "SPRING_DATASOURCE_URL": "jdbc:postgresql://ledger-db:5432/postgresdb",
        "SPRING_DATASOURCE_USERNAME": "admin",
    },
}


def objects() -> Iterator[Data]:
    """Yield the objects."""
    for name, data in CONFIGURATION.items():
        yield item("ConfigMap", name, data=data)
    for name, data in OF_DATABASES.items():
        app = name.removesuffix("-config")
        yield item("ConfigMap", name, {"app": app, **_labels(DATABASES[app][0], "db")}, data=data)
    account = {"iam.gke.io/gcp-service-account": "gke-workload-development@bank-of-anthos-ci.iam.gserviceaccount.com"}
    yield item("ServiceAccount", "bank-of-anthos", annotations=account)
    for name in SERVERS:
        yield from _server(name)
    for name in DATABASES:
        yield from _database(name)
    yield _load()


def _labels(team: str, tier: str) -> dict[str, str]:
    return {"application": "bank-of-anthos", "environment": "development", "team": team, "tier": tier}


def _image(name: str) -> str:
    return f"{REGISTRY}/{name}:v0.6.10@sha256:{name.encode().hex():0<64.64}"


def _sources(*names: str) -> list[Data]:
    return [{"configMapRef": {"name": name}} for name in names]


def _optional(key: str, name: str, config_map: str, *, optional: bool = False) -> Data:
    more = {"optional": True} if optional else {}
    return {"name": key, "valueFrom": {"configMapKeyRef": {"key": name, "name": config_map, **more}}}


def _server(name: str) -> Iterator[Data]:
    team, tier, variables, more, amounts = SERVERS[name]
    labels = _labels(team, tier)
    keys = "keys" if name == "userservice" else "publickey"
    env = [] if "ENABLE_METRICS" not in variables else NAMESPACE
    if name == "frontend":
        env = [
            _optional("DEFAULT_USERNAME", "DEMO_LOGIN_USERNAME", "demo-data-config"),
            _optional("DEFAULT_PASSWORD", "DEMO_LOGIN_PASSWORD", "demo-data-config"),
            _optional("REGISTERED_OAUTH_CLIENT_ID", "DEMO_OAUTH_CLIENT_ID", "oauth-config", optional=True),
            _optional("ALLOWED_OAUTH_REDIRECT_URI", "DEMO_OAUTH_REDIRECT_URI", "oauth-config", optional=True),
        ]
    main = container(
        "front" if name == "frontend" else name,
        _image(name),
        variables,
        env=env,
        envFrom=_sources("environment-config", *more),
        ports=[{"containerPort": 8080, "name": "http-server"}] if name == "userservice" else [],
        resources=amounts,
        securityContext=RESTRICTED,
        volumeMounts=[
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": keys, "mountPath": "/tmp/.ssh", "readOnly": True},
        ],
        **PROBES[name],
    )
    items = [{"key": "jwtRS256.key.pub", "path": "publickey"}]
    items += [{"key": "jwtRS256.key", "path": "privatekey"}] if name == "userservice" else []
    pod = {
        "containers": [main],
        "securityContext": USER,
        "serviceAccountName": "bank-of-anthos",
        "terminationGracePeriodSeconds": 5,
        "volumes": [
            {"name": "tmp", "emptyDir": {}},
            {"name": keys, "secret": {"secretName": "jwt-key", "items": items}},
        ],
    }
    annotations = {"proxy.istio.io/config": '{ "holdApplicationUntilProxyStarts": true }'}
    selected = {"app": name, **labels}
    yield workload("Deployment", name, selected, pod, labels=labels, pod_annotations=annotations)
    kind = "LoadBalancer" if name == "frontend" else "ClusterIP"
    port = {"name": "http", "port": 80 if name == "frontend" else 8080, "targetPort": 8080}
    yield service(name, selected, [port], labels=labels, type=kind)


def _database(name: str) -> Iterator[Data]:
    team, title, amounts = DATABASES[name]
    labels = _labels(team, "db")
    main = container(
        title,
        _image(name),
        envFrom=_sources("environment-config", f"{name}-config", "demo-data-config"),
        ports=[{"containerPort": 5432}],
        resources=amounts,
        volumeMounts=[{"name": "postgresdb", "mountPath": "/var/lib/postgresql/data", "subPath": "postgres"}],
    )
    pod = {
        "containers": [main],
        "serviceAccount": "bank-of-anthos",
        "serviceAccountName": "default",
        "volumes": [{"name": "postgresdb", "emptyDir": {}}],
    }
    selected = {"app": name, **labels}
    yield workload("StatefulSet", name, selected, pod, labels=labels, replicas=1, serviceName=name)
    protocol = stated(protocol="TCP" if name == "accounts-db" else None)
    yield service(
        name, selected, [{"name": "tcp", "port": 5432, "targetPort": 5432, **protocol}], labels=labels, type="ClusterIP"
    )


def _load() -> Data:
    labels = {"environment": "development", "team": "loadgenerator", "tier": "test"}
    main = container(
        "loadgenerator",
        _image("loadgenerator"),
        {"FRONTEND_ADDR": "frontend:80", "USERS": "5", "LOG_LEVEL": "error"},
        resources=resources("100m", "512Mi", "250m", "1Gi"),
        securityContext=RESTRICTED,
    )
    pod = {
        "containers": [main],
        "restartPolicy": "Always",
        "securityContext": USER,
        "serviceAccountName": "default",
        "terminationGracePeriodSeconds": 5,
    }
    annotations = {"sidecar.istio.io/rewriteAppHTTPProbers": "true"}
    selected = {"app": "loadgenerator", **labels}
    return workload(
        "Deployment", "loadgenerator", selected, pod, labels=labels, replicas=1, pod_annotations=annotations
    )
