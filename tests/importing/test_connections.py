"""Connections that texts name become `reaches`, and the report says which text names each."""

import pytest

from quantacirc_cdk.importing.connections import mentions
from quantacirc_cdk.importing.kubernetes import read
from quantacirc_cdk.importing.namespaces import divided
from quantacirc_cdk.importing.source import Source
from quantacirc_cdk.importing.translation import translate
from quantacirc_cdk.model.document import Node


@pytest.mark.parametrize(
    ("text", "namespace", "named"),
    [
        ("db:5432", "", True),
        ("postgres://user:word@db/shop", "", True),
        ("http://db", "", True),
        ("db.shop.svc.cluster.local", "shop", True),
        ("db.other.svc", "shop", False),
        ("db.other.svc", "", True),
        ("other-db:5432", "", False),
        ("a db of words", "", False),
        ("db.example.com:5432", "", False),
        ("db.shop:5432", "shop", True),
        ("db.shop:5432", "other", False),
        ("until nc -z db 5432; do sleep 1; done", "", True),
        ("nc -z 'db' 5432", "", True),
        ("take db 54321 times", "", False),
        ("until pg_isready -h db -p 5433; do sleep 1; done", "", True),
        ("mysqladmin ping --host=db", "", True),
        ("nslookup db", "", True),
        ("command -h db-other", "", False),
        ("set-0.db", "", True),
        ("set-0.db,set-1.db", "", True),
        ("server.1=set-0.db:2888:3888", "", True),
        ("set-2.db.shop.svc.cluster.local:5432", "shop", True),
        ("set-2.db.other.svc.cluster.local:5432", "shop", False),
        ("other-0.db:5432", "", False),
        ("set-0.db.example.com", "", False),
    ],
)
def test_a_text_names_a_host_in_the_syntax_of_an_address(text: str, namespace: str, named: bool) -> None:
    assert mentions(text, "db", alone=True, namespace=namespace, ports=[5432], pods="set") is named


def node(value: object) -> Node:
    if isinstance(value, dict):
        return Node({key: node(one) for key, one in value.items()}, "all.yaml", 1)
    if isinstance(value, list):
        return Node([node(one) for one in value], "all.yaml", 1)
    return Node(value, "all.yaml", 1)  # type: ignore[arg-type]


def source(**environment: str) -> Source:
    def workload(name: str, **more: object) -> dict[str, object]:
        labels = {"app": name}
        container = {"name": name, "image": name, "ports": [{"containerPort": 80}], **more}
        spec = {"selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}  # fmt: skip
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}

    variables = [{"name": key, "value": text} for key, text in environment.items()]
    found = read([node(workload("web", env=variables)), node(workload("shop"))])
    return next(iter(divided(found).values()))


@pytest.mark.parametrize(
    ("variable", "text", "origin"),
    [
        ("DB_HOST", "shop", "the variable DB_HOST, whose whole value is the word shop"),
        ("BROKER", "shop", "the variable BROKER, whose whole value is the word shop"),
        ("HOSTNAME", "shop", "the variable HOSTNAME, whose whole value is the word shop"),
        ("URL", "http://shop/", "the variable URL"),
        ("DATABASE_NAME", "shop", None),
        ("DB_USER", "shop", None),
        ("POSTGRES_DB", "shop", None),
        ("DATABASE_NAME", "http://shop/", "the variable DATABASE_NAME"),
    ],
)
def test_the_report_says_which_text_names_a_connection(variable: str, text: str, origin: str | None) -> None:
    plan = translate(source(**{variable: text}), "x", "local", frozenset({"service"}))
    assert [(one.component, one.target, one.origin) for one in plan.connections] == (
        [("web", "shop", origin)] if origin else []
    )
    assert plan.system["components"]["web"].get("reaches") == (["shop"] if origin else None)


@pytest.mark.parametrize(
    ("variable", "text", "origin"),
    [
        ("PEERS", "web:7000", "the variable PEERS"),
        ("SERVICE", "web", None),
        ("OTHER", "web-1:7000", None),
    ],
)
def test_a_workload_that_names_itself_with_a_port_reaches_itself(variable: str, text: str, origin: str | None) -> None:
    whole = source(**{variable: text})
    next(whole.of("Deployment")).data["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 7000}]
    plan = translate(whole, "x", "local", frozenset({"service"}))
    assert [(one.target, one.origin) for one in plan.connections] == ([("web", origin)] if origin else [])


def test_names_of_the_pods_of_a_set_and_a_name_before_a_port_are_connections() -> None:
    labels = {"app": "zk"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "zk", "image": "zk"}]}}
    stated = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "zk"},
        "spec": {"serviceName": "zk-hs", "selector": {"matchLabels": labels}, "template": template},
    }
    services = [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"selector": labels, "ports": [{"port": 2181}], **more},
        }
        for name, more in {"zk-hs": {"clusterIP": "None"}, "zk-cs": {}}.items()
    ]
    for more in (
        {"env": [{"name": "ZK", "value": "zk-0.zk-hs:2181,zk-1.zk-hs:2181"}]},
        {"args": ["--zk=zk-0.zk-hs.default.svc.cluster.local:2181"]},
        {"command": ["sh", "-c", "until nc -z zk-cs 2181; do sleep 1; done"]},
        {"command": ["nc", "-z", "zk-cs", "2181"]},
    ):
        client = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "web", "image": "web", **more}]},
                },
            },
        }
        found = read([node(one) for one in (stated, *services, client)])
        plan = translate(next(iter(divided(found).values())), "x", "local", frozenset({"service", "stateful"}))
        assert plan.system["components"]["web"].get("reaches") == ["zk"], more
