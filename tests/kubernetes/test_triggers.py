"""A KEDA trigger that asks a component of the system resolves and reaches it from KEDA's namespace."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.kubernetes.system.hosts import hosts, qualified
from quantacirc_cdk.model import load_project
from support.helm.helm import by_name, handed_over, template
from support.kubernetes.manifests import Object, find
from support.kubernetes.synthesis import render
from support.project import Project

COMPONENTS = """\
components:
  kafka:
    kind: stateful
    image: oven
    contract: false
    ports: [{ name: client, port: 9092 }, { name: peer, port: 9093 }]
    peer_ports: [peer]
    volumes: { data: { size: 1Gi, mount: { path: /data } } }
  books: { kind: postgresql, image: oven, storage: { size: 1Gi, path: /pg } }
  other: { kind: service, image: oven }
"""
SPACE = "bakery.svc"


def scaled(project: Project, metadata: str, more: str = "") -> Project:
    project.replace_in_system("components:\n", COMPONENTS)
    triggers = f"    autoscaling: {{ triggers: [{{ type: kafka, metadata: {metadata} }}] }}\n{more}"
    project.replace_in_system("    exposed: true\n", f"    exposed: true\n{triggers}")
    text = project.environment_file("home").read_text()
    keda = "  addons: { keda: true }\n  keda_namespace: scaling\n"
    replicas = "components: { shop: { replicas: { min: 1, max: 3 } } }\n"
    text = text.replace("  context: kind-bakery\n", f"  context: kind-bakery\n{keda}")
    project.write_environment("home", f"{text}\n{replicas}")
    return project


def admitted(objects: Sequence[Object], name: str) -> list[int]:
    """Return the ports on which the pods of a component admit KEDA's namespace."""
    rules = find(objects, "NetworkPolicy", name)["spec"].get("ingress", [])
    return [
        port["port"]
        for rule in rules
        for peer in rule["from"]
        if peer.get("namespaceSelector", {}).get("matchLabels") == {"kubernetes.io/metadata.name": "scaling"}
        for port in rule["ports"]
    ]


@pytest.mark.parametrize(
    ("metadata", "key", "said", "asked", "ports"),
    [
        ("{ bootstrapServers: 'kafka.bakery:9092' }", "bootstrapServers", "kafka.bakery:9092", "kafka", [9092]),
        ("{ bootstrapServers: 'kafka:9092' }", "bootstrapServers", f"kafka.{SPACE}:9092", "kafka", [9092]),
        (
            "{ bootstrapServers: 'kafka-0.kafka-headless:9092,kafka-1.kafka-headless.bakery.svc:9092' }",
            "bootstrapServers",
            f"kafka-0.kafka-headless.{SPACE}:9092,kafka-1.kafka-headless.bakery.svc:9092",
            "kafka",
            [9092],
        ),
        ("{ host: books, port: '5432' }", "host", f"books.{SPACE}", "books", [5432]),
        (
            "{ connection: 'postgresql://x@books/db' }",
            "connection",
            f"postgresql://x@books.{SPACE}/db",
            "books",
            [5432],
        ),
        ("{ connection: 'host=books port=5432' }", "connection", f"host=books.{SPACE} port=5432", "books", [5432]),
        ("{ address: 'kafka.elsewhere:9092' }", "address", "kafka.elsewhere:9092", "kafka", []),
        ("{ topic: kafka }", "topic", "kafka", "kafka", []),
    ],
)
def test_keda_resolves_and_reaches_what_a_trigger_names(
    project: Callable[[], Project], out: Path, metadata: str, key: str, said: str, asked: str, ports: list[int]
) -> None:
    objects = render(scaled(project(), metadata).root, out)["home"]
    (trigger,) = [one for one in find(objects, "ScaledObject", "shop")["spec"]["triggers"] if one["type"] == "kafka"]
    assert trigger["metadata"][key] == said
    assert admitted(objects, asked) == ports
    assert admitted(objects, "other") == []


def test_keda_reads_variables_as_they_are(project: Callable[[], Project], out: Path) -> None:
    metadata = "{ bootstrapServersFromEnv: BROKERS }"
    wrong = scaled(project(), metadata, "    environment: { BROKERS: 'kafka:9092' }\n")
    with pytest.raises(PropsError) as refused:
        render(wrong.root, out)
    (problem,) = refused.value.problems
    assert (problem.file, bool(problem.line)) == ("apps/system.yaml", True)
    assert "the variable BROKERS with the host kafka" in problem.what
    assert "kafka.bakery.svc" in problem.expected
    wrong.replace_in_system("'kafka:9092'", "'kafka.bakery.svc:9092'")
    assert admitted(render(wrong.root, out)["home"], "kafka") == [9092]


def test_a_cluster_without_keda_admits_nobody(project: Callable[[], Project], out: Path) -> None:
    plain = scaled(project(), "{ bootstrapServers: 'kafka:9092' }")
    plain.replace_in_environment("home", "keda: true", "keda: false")
    assert admitted(render(plain.root, out)["home"], "kafka") == []


@pytest.mark.integration
def test_the_chart_has_the_addresses_of_its_release(project: Callable[[], Project], tmp_path: Path) -> None:
    small = scaled(project(), "{ bootstrapServers: 'kafka:9092' }")
    objects = render(small.root, small.root / "dist" / "kubernetes")["home"]
    chart = tmp_path / "bakery"
    system_chart(load_project(small.root), small.root / "dist" / "kubernetes").write(chart)
    values = ("--values", chart / "values-home.yaml")
    assert by_name(template(chart, *values, name="bakery")) == by_name(handed_over(objects))
    (trigger,) = [
        one
        for one in find(template(chart, *values, name="blue", namespace="ns"), "ScaledObject", "blue-shop")["spec"][
            "triggers"
        ]
        if one["type"] == "kafka"
    ]
    assert trigger["metadata"]["bootstrapServers"] == "blue-kafka.ns.svc:9092"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("redis://:$(PW)@cache:6379/0", ["cache"]),
        ("nats://a:b@cache:4222,books:4222", ["cache", "books"]),
        ("user:pw@tcp(books:3306)/db", ["books"]),
        ("http://cache", ["cache"]),
        ("url = http://cache/x\nother: books:5432", ["cache", "books"]),
        ("cache.shop.svc", ["cache"]),
        ("image: cache:7", []),
        ("registry.example/cache:8080", []),
        ("cache", []),
        ("my-cache:6379 cache-2:6379 cache.example:6379", []),
        ("/cache:6379", []),
        ("http://cache.example/books:80", []),
        ("mail@cache", []),
    ],
)
def test_hosts_are_found_where_an_address_is(text: str, found: list[str]) -> None:
    assert [one.service for one in hosts(text, {"cache", "books"}, "shop")] == found


def test_a_whole_text_is_a_host_only_where_it_can_be_one() -> None:
    assert qualified("cache", {"cache"}, "shop", alone=True) == "cache.shop.svc"
    assert qualified("cache.shop", {"cache"}, "shop", alone=True) == "cache.shop"
    assert qualified("cache", {"cache"}, "shop") == "cache"
