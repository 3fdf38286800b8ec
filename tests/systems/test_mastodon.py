"""Mastodon 4.6.3 comes out of its example as its public chart renders it, with its stores outside the chart.

The tables hold facts of https://github.com/mastodon/chart, version 6.9.3. Objects have the names of the example's
components, and the connections to the stores are in the Secrets of these.
"""

from collections.abc import Iterator

import pytest

from support.systems.checks import check_chart, check_compose, check_ready, found_connections
from support.systems.system import MAIN, POD, Fact, Synthesized, foreign_secrets

pytestmark = pytest.mark.integration

CRON = "spec/jobTemplate/spec/template/spec"
CONFIGURATION = {
    "RAILS_LOG_LEVEL": "info",
    "LOG_LEVEL": "info",
    "PREPARED_STATEMENTS": "true",
    "LOCAL_DOMAIN": "mastodon.example",
    "MALLOC_ARENA_MAX": "2",
    "NODE_ENV": "production",
    "RAILS_ENV": "production",
    "S3_BUCKET": "mastodon-media",
    "S3_ENABLED": "true",
    "S3_ENDPOINT": "",
    "S3_HOSTNAME": "",
    "S3_PROTOCOL": "https",
    "SMTP_AUTH_METHOD": "plain",
    "SMTP_CA_FILE": "/etc/ssl/certs/ca-certificates.crt",
    "SMTP_DELIVERY_METHOD": "smtp",
    "SMTP_ENABLE_STARTTLS": "auto",
    "SMTP_FROM_ADDRESS": "notifications@example.com",
    "SMTP_OPENSSL_VERIFY_MODE": "peer",
    "SMTP_PORT": "587",
    "SMTP_SERVER": "smtp.example.com",
    "STREAMING_CLUSTER_NUM": "1",
    "CACHE_BUSTER_ENABLED": "false",
    "TZ": "UTC",
}
STORES = {
    "DB_HOST": ("database", "host"),
    "DB_PORT": ("database", "port"),
    "DB_NAME": ("database", "database"),
    "DB_USER": ("database", "username"),
    "DB_PASS": ("database", "password"),
    "REDIS_HOST": ("cache", "host"),
    "REDIS_PORT": ("cache", "port"),
    "REDIS_PASSWORD": ("cache", "password"),
}
COMMANDS = {
    "web": ["bundle", "exec", "puma", "-C", "config/puma.rb"],
    "streaming": ["node", "./streaming"],
    "sidekiq": [
        "bundle", "exec", "sidekiq", "-c", "25", "-q", "default,8", "-q", "push,6", "-q", "ingress,4", "-q",
        "mailers,2", "-q", "pull", "-q", "scheduler", "-q", "fasp",
    ],
    "media-remove": ["bin/tootctl", "media", "remove"],
    "db-migrate": ["bundle", "exec", "rake", "db:migrate"],
}  # fmt: skip
VARIABLES = {
    "web": {"PORT": "3000", "MIN_THREADS": "5", "MAX_THREADS": "5", "WEB_CONCURRENCY": "2", "PERSISTENT_TIMEOUT": "20"},
    "streaming": {"PORT": "4000"},
    "media-remove": {"PORT": "3000"},
}
LEFT: list[Fact] = [
    # One address family is what a cluster has unless it says otherwise; the model leaves the choice to the cluster.
    ("Service", "web", "spec/ipFamilyPolicy", "PreferDualStack"),
    ("Service", "streaming", "spec/ipFamilyPolicy", "PreferDualStack"),
    # Each component has a ServiceAccount of its own.
    *(("Deployment", name, f"{POD}/serviceAccountName", "mastodon") for name in ("web", "streaming", "sidekiq")),
]
"""Facts that do not come out, each with the reason."""


def facts() -> Iterator[Fact]:
    for name in ("web", "streaming", "sidekiq"):
        image = "mastodon/mastodon-streaming" if name == "streaming" else "mastodon/mastodon"
        yield "Deployment", name, "spec/revisionHistoryLimit", 2
        yield "Deployment", name, "spec/template/metadata/annotations/rollme", "1"
        yield "Deployment", name, "spec/replicas", 1
        yield "Deployment", name, f"{MAIN}/image", f"ghcr.io/{image}:v4.6.3"
        yield "Deployment", name, f"{MAIN}/imagePullPolicy", "IfNotPresent"
        yield "Deployment", name, f"{MAIN}/command", COMMANDS[name]
        for key in ("fsGroup", "runAsGroup", "runAsUser"):
            yield "Deployment", name, f"{POD}/securityContext/{key}", 991
        for key, text in {**CONFIGURATION, **VARIABLES.get(name, {})}.items():
            yield "Deployment", name, f"{MAIN}/env/{key}/value", text
        yield from _stores("Deployment", name, f"{MAIN}/env")
    for name, title, port in (("web", "http", 3000), ("streaming", "streaming", 4000)):
        yield "Deployment", name, "spec/strategy/type", "RollingUpdate"
        yield "Deployment", name, "spec/strategy/rollingUpdate/maxSurge", "10%"
        yield "Deployment", name, "spec/strategy/rollingUpdate/maxUnavailable", "25%"
        yield "Deployment", name, f"{MAIN}/ports/{port}/TCP/name", title
        yield "Deployment", name, f"{MAIN}/ports/{port}/TCP/containerPort", port
        yield "Service", name, "spec/type", "ClusterIP"
        yield "Service", name, f"spec/ports/{port}/TCP/name", title
        yield "Service", name, f"spec/ports/{port}/TCP/port", port
        yield "Service", name, f"spec/ports/{port}/TCP/targetPort", port
        path = "/health" if name == "web" else "/api/v1/streaming/health"
        for kind in ("startup", "readiness", *(["liveness"] if name == "streaming" else [])):
            yield "Deployment", name, f"{MAIN}/{kind}Probe/httpGet/path", path
            yield "Deployment", name, f"{MAIN}/{kind}Probe/httpGet/port", port
        start = f"{MAIN}/startupProbe"
        yield "Deployment", name, f"{start}/initialDelaySeconds", 15 if name == "web" else 5
        yield "Deployment", name, f"{start}/failureThreshold", 30 if name == "web" else 15
        yield "Deployment", name, f"{start}/periodSeconds", 5
    yield "Deployment", "web", f"{MAIN}/livenessProbe/tcpSocket/port", 3000
    yield "Deployment", "sidekiq", "spec/strategy/type", "Recreate"
    for key, entry in (("SMTP_LOGIN", "login"), ("SMTP_PASSWORD", "password")):
        source = f"{MAIN}/env/{key}/valueFrom/secretKeyRef"
        yield "Deployment", "sidekiq", f"{source}/name", "mastodon-smtp"
        yield "Deployment", "sidekiq", f"{source}/key", entry
        yield "Deployment", "sidekiq", f"{source}/optional", True
    yield "CronJob", "media-remove", "spec/schedule", "0 0 * * 0"
    yield "CronJob", "media-remove", f"{CRON}/restartPolicy", "OnFailure"
    for name in ("media-remove", "db-migrate"):
        container = f"{CRON}/containers/@"
        yield "CronJob", name, f"{container}/image", "ghcr.io/mastodon/mastodon:v4.6.3"
        yield "CronJob", name, f"{container}/imagePullPolicy", "IfNotPresent"
        yield "CronJob", name, f"{container}/command", COMMANDS[name]
        yield from _stores("CronJob", name, f"{container}/env")
    for key, text in {**CONFIGURATION, **VARIABLES["media-remove"]}.items():
        yield "CronJob", "media-remove", f"{CRON}/containers/@/env/{key}/value", text
    yield "CronJob", "db-migrate", f"{CRON}/restartPolicy", "Never"
    yield "CronJob", "db-migrate", f"{CRON}/containers/@/env/REDIS_DRIVER/value", "ruby"


def _stores(kind: str, name: str, place: str) -> Iterator[Fact]:
    for key, (secret, entry) in STORES.items():
        yield kind, name, f"{place}/{key}/valueFrom/secretKeyRef/name", secret
        yield kind, name, f"{place}/{key}/valueFrom/secretKeyRef/key", entry


@pytest.fixture(scope="module")
def mastodon(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return Synthesized.of("mastodon", tmp_path_factory.mktemp("mastodon") / "dist")


@pytest.mark.slow
def test_every_fact_comes_out_or_has_a_reason(mastodon: Synthesized) -> None:
    every = [*facts(), *LEFT]
    assert len(every) > 230
    assert mastodon.missing("local", every) == LEFT
    assert len(LEFT) <= len(every) / 50


@pytest.mark.parametrize("environment", ["local", "aws"])
def test_every_workload_could_become_ready(mastodon: Synthesized, environment: str) -> None:
    check_ready(mastodon, environment)
    assert foreign_secrets(mastodon.objects(environment)) == {"mastodon"}


def test_pods_reach_whom_they_call_and_nobody_else(mastodon: Synthesized) -> None:
    stores = {"cache", "database"}
    programs = ("db-migrate", "media-remove", "sidekiq", "streaming", "web")
    assert found_connections(mastodon) == dict.fromkeys(programs, stores)


def test_one_host_leads_to_pages_and_to_events(mastodon: Synthesized) -> None:
    ways = {
        (host, match["path"]["value"], target["name"])
        for item in mastodon.objects("aws")
        if item["kind"] == "HTTPRoute"
        for host in item["spec"]["hostnames"]
        for rule in item["spec"]["rules"]
        for target in rule.get("backendRefs", [])
        for match in rule["matches"]
        if not target["name"].endswith("-closed")  # paths of health checks lead nowhere
    }
    host = "www.mastodon.example.com"
    assert ways == {(host, "/", "web"), (host, "/api/v1/streaming", "streaming")}


@pytest.mark.parametrize("environment", ["local", "aws"])
def test_the_chart_renders_the_manifests(mastodon: Synthesized, environment: str) -> None:
    check_chart(mastodon, environment)


def test_compose_takes_it(mastodon: Synthesized) -> None:
    check_compose(mastodon)


def test_its_database_and_its_cache_are_the_clouds(mastodon: Synthesized) -> None:
    (stack,) = (mastodon.dist / "terraform" / "stacks").glob("aws-aws/cdk.tf.json")
    text = stack.read_text()
    assert '"aws_db_instance"' in text
    assert '"aws_elasticache_replication_group"' in text
