"""Variables of a container in Compose."""

from typing import Any

from quantacirc_cdk.compose.manifests import Manifests
from quantacirc_cdk.compose.variables import variables

TOLD = {
    "SHOP_URL": "http://shop:80/api?from=shop:80",
    "SHOP_LOGIN": "https://me:80@shop:80",
    "SHOP_ADMIN": "shop:9000",
    "SHOP_HOST": "shop",
    "SHOP_PORT": "80",
    "OTHER_PORT": "80",
    "OTHER_URL": "http://other-shop:80",
    "LONGER_URL": "http://shop:8000",
    "NOTE": "see shop:80 for more",
}


def workload(name: str, container: dict[str, Any]) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name}
    pod = {"containers": [{"name": name, **container}]}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": pod}},
    }


def test_clients_connect_to_the_port_of_the_container() -> None:
    ports = [{"port": 80, "targetPort": "http"}, {"port": 9000, "targetPort": 9001}, {"port": 7000}]
    selector = {"app.kubernetes.io/name": "shop"}
    manifests = Manifests(
        objects=[
            workload("shop", {"ports": [{"name": "http", "containerPort": 8080}]}),
            workload(
                "client",
                {
                    "envFrom": [{"configMapRef": {"name": "client"}}],
                    "env": [{"name": "EXPANDED", "value": "$(SHOP_URL)"}, {"name": "SAME", "value": "tcp://shop:7000"}],
                },
            ),
            {"kind": "Service", "metadata": {"name": "shop"}, "spec": {"selector": selector, "ports": ports}},
            {"kind": "ConfigMap", "metadata": {"name": "client"}, "data": TOLD},
        ]
    )
    client = next(one for one in manifests.workloads() if one.name == "client")
    found = variables(client, client.pod["containers"][0], "client", manifests, 10001).values
    url = "http://shop:8080/api?from=shop:80"
    assert {name: text for name, text in found.items() if TOLD.get(name) != text} == {
        "SHOP_URL": url,
        "SHOP_LOGIN": "https://me:80@shop:8080",
        "SHOP_ADMIN": "shop:9001",
        "SHOP_PORT": "8080",
        "EXPANDED": url,
        "SAME": "tcp://shop:7000",
    }
