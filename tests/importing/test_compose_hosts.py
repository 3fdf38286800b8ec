"""Names and addresses in the networks of Compose become Services, or the report says what clients must change."""

from collections.abc import Callable

import pytest

from importing.conftest import Imported

pytestmark = pytest.mark.integration

COMPOSE = """\
services:
  resolver:
    image: ghcr.io/shop/resolver:1
    expose: [5353]
    networks: { back: { ipv4_address: 172.28.0.2, ipv6_address: "fd00:28::2", aliases: [names, old_names] } }
  web:
    image: ghcr.io/shop/web:1
    user: "1001:1002"
    dns: [172.28.0.2, 10.0.0.2]
    extra_hosts: { names.shop: 172.28.0.2, printer.shop: 10.0.0.9 }
    environment: { UPSTREAM: "172.28.0.2#5353", OTHER: "172.28.0.20:80" }
    networks: [back]
  crawler:
    image: ghcr.io/shop/crawler:1
    command: [--resolver, "[fd00:28::2]:5353"]
    dns: "${PREFIX:-172.28.0}.2"
    networks: [back]
networks: { back: {} }
"""


@pytest.fixture(scope="module")
def shop(imported: Callable[..., Imported]) -> Imported:
    return imported(COMPOSE)


def test_an_alias_is_a_service_even_if_no_text_names_it(shop: Imported) -> None:
    service = shop.find("Service", "names")["spec"]
    labels = shop.find("Deployment", "resolver")["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()
    assert [one["port"] for one in service["ports"]] == [5353]
    reasons = shop.reasons("service resolver")
    assert reasons["services.resolver.networks.back.aliases.0"].startswith("It becomes the name of a Service")
    assert reasons["services.resolver.networks.back.ipv4_address"] == "It is a setting of the host that runs Compose."
    assert any("The name old_names of a host is not valid" in note for note in shop.report.added)


def test_no_pod_asks_an_address_of_compose_for_names(shop: Imported) -> None:
    web, crawler = (shop.find("Deployment", name)["spec"]["template"]["spec"] for name in ("web", "crawler"))
    assert web["dnsConfig"]["nameservers"] == ["10.0.0.2"]
    assert "dnsConfig" not in crawler
    assert web["hostAliases"] == [{"hostnames": ["printer.shop"], "ip": "10.0.0.9"}]
    fixed = "It is an address in a network of Compose, which no pod has."
    assert shop.reasons("service crawler")["services.crawler.dns"] == fixed
    assert shop.reasons("service web")["services.web.extra_hosts.names.shop"] == fixed
    assert shop.reasons("service web")["services.web.dns.0"] == fixed


def test_texts_with_an_address_of_compose_are_reported(shop: Imported) -> None:
    for address, user in (("172.28.0.2", "web"), ("fd00:28::2", "crawler")):
        said = f"{address} is the address of resolver in a network of Compose, which no pod has: "
        assert f"{said}name resolver in variables and files of {user}." in shop.report.added
    assert {(one.component, one.target) for one in shop.report.connections} == {
        ("crawler", "resolver"),
        ("web", "resolver"),
    }


def test_a_user_is_one_of_the_model(shop: Imported) -> None:
    container = shop.find("Deployment", "web")["spec"]["template"]["spec"]
    own = container["containers"][0].get("securityContext", {})
    user, group = (own.get(key, container["securityContext"].get(key)) for key in ("runAsUser", "runAsGroup"))
    assert (user, group) == (1001, 1002)
    assert not any("refuses" in note for note in shop.report.added)
