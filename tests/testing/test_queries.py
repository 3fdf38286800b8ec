"""Queries over both outputs: what is there is found, what is missing is named with what there is."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.testing import (
    KubernetesObject,
    Manifests,
    Stack,
    assert_fits,
    assert_parity,
    assert_reachable,
    assert_restricted,
    assert_unreachable,
)
from support.tools import ROOT

KUBERNETES = ROOT / "dist" / "kubernetes" / "prod"


@pytest.fixture(scope="module")
def manifests() -> Manifests:
    return Manifests.read(KUBERNETES)


@pytest.fixture(scope="module")
def stack() -> Stack:
    return Stack.read(ROOT / "dist" / "terraform" / "stacks" / "prod-aws")


def deployment(**container: object) -> Manifests:
    spec = {"template": {"metadata": {}, "spec": {"containers": [{"name": "web", "image": "web:1", **container}]}}}
    return Manifests(({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec},))


def test_an_object_a_container_and_a_variable_are_found_by_name() -> None:
    secret = {"secretKeyRef": {"name": "web", "key": "token"}}
    container = (
        deployment(env=[{"name": "A", "value": "1"}, {"name": "B", "valueFrom": secret}])
        .one("Deployment", "web")
        .container("web")
    )
    assert (container.image, container.env["A"], container.env["B"]) == ("web:1", "1", secret)


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("Deployment", "orchestratr", 'no Deployment "orchestratr" in the manifests, expected "orchestrator"'),
        ("Deploymnt", "orchestrator", 'no Deploymnt in the manifests, expected "Deployment"'),
    ],
)
def test_a_missing_object_is_told_with_the_nearest(manifests: Manifests, kind: str, name: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        manifests.one(kind, name)


def test_a_missing_container_is_told_with_the_nearest() -> None:
    with pytest.raises(AssertionError, match='Deployment web has no container "wbe", expected "web"'):
        deployment().one("Deployment", "web").container("wbe")


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (lambda web: web.container().env["TOKN"], 'env of container web has no "TOKN", expected "TOKEN"'),
        (lambda web: web.container()["imge"], 'container web has no "imge", expected "image"'),
        (lambda web: web["metdata"], 'Deployment web has no "metdata", expected "metadata"'),
    ],
)
def test_a_missing_key_is_a_key_error_with_the_nearest(look: Callable[[KubernetesObject], object], said: str) -> None:
    web = deployment(env=[{"name": "TOKEN", "value": "1"}, {"name": "PORT", "value": "2"}]).one("Deployment", "web")
    with pytest.raises(KeyError) as raised:
        look(web)
    assert str(raised.value) == said
    assert web.container().env.get("TOKN") is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: assert_fits(m, nodes=0, cpu=4, memory="8Gi"), "assert_fits: nodes 0, expected at least 1"),
        (lambda m: assert_fits(m, nodes=1, cpu="x", memory="8Gi"), 'assert_fits: cpu "x", expected a whole number'),
        (lambda m: assert_fits(m, nodes=1, cpu=4, memory="1G i"), 'assert_fits: memory "1G i", expected '),
        (lambda m: assert_reachable(m, "bus", "bus", port=0), "assert_reachable: port 0, expected 1 to 65535"),
        (
            lambda m: assert_unreachable(m, "bus", "x", port=99999),
            "assert_unreachable: port 99999, expected 1 to 65535",
        ),
        (lambda m: assert_unreachable(m, "bus", "x", port="http"), 'port "http", expected a whole number'),
    ],
)
def test_arguments_that_no_cluster_has_are_refused(
    manifests: Manifests, call: Callable[[Manifests], None], said: str
) -> None:
    with pytest.raises(PropsError) as raised:
        call(manifests)
    assert said in str(raised.value)


def test_a_resource_is_found_by_type_and_name(stack: Stack) -> None:
    (name,) = stack.all("aws_db_instance")
    assert stack.resource("aws_db_instance", name) == stack.one("aws_db_instance")
    with pytest.raises(AssertionError, match=f'no aws_db_instance "x{name}" in the stack, expected "{name}"'):
        stack.resource("aws_db_instance", f"x{name}")
    with pytest.raises(AssertionError, match='no aws_db_instanc in the stack, expected "aws_db_instance"'):
        stack.one("aws_db_instanc")
    with pytest.raises(AssertionError, match="resources aws_subnet in the stack, expected one"):
        stack.one("aws_subnet")


def test_each_pod_that_is_not_restricted_is_listed(manifests: Manifests) -> None:
    assert_restricted(manifests)
    with pytest.raises(AssertionError, match="Deployment web: container web: privilege escalation"):
        assert_restricted(deployment())


def test_reachability_follows_the_policies(manifests: Manifests) -> None:
    assert_reachable(manifests, "orchestrator", "bus", port=4222)
    assert_unreachable(manifests, "bus", "orchestrator", port=8080)
    with pytest.raises(AssertionError, match="bus cannot connect to orchestrator:8080"):
        assert_reachable(manifests, "bus", "orchestrator", port=8080)
    with pytest.raises(AssertionError, match="orchestrator can connect to bus:4222"):
        assert_unreachable(manifests, "orchestrator", "bus", port=4222)
    with pytest.raises(AssertionError, match='no workload "buss"'):
        assert_reachable(manifests, "orchestrator", "buss", port=4222)


def test_pods_fit_or_the_missing_nodes_are_counted() -> None:
    pods = deployment(resources={"requests": {"cpu": "2", "memory": "1Gi"}})
    assert_fits(pods, nodes=2, cpu=4, memory="8Gi")
    with pytest.raises(AssertionError, match="need 1 more nodes than 1 of 4 cores"):
        assert_fits(pods, nodes=1, cpu=4, memory="8Gi")
    with pytest.raises(AssertionError, match="larger than a node of 2 cores"):
        assert_fits(pods, nodes=9, cpu=2, memory="8Gi")


def test_each_undeclared_difference_is_listed_with_its_values() -> None:
    def row(path: str, *, undeclared: bool) -> dict[str, object]:
        return {"path": path, "undeclared": undeclared, "values": {"dev": 1, "prod": 2}}

    assert_parity({"parameters": [row("web.replicas", undeclared=False)]})
    with pytest.raises(AssertionError) as raised:
        assert_parity({"parameters": [row("web.replicas", undeclared=False), row("web.tag", undeclared=True)]})
    assert str(raised.value) == "undeclared differences between environments:\n  web.tag: dev: 1, prod: 2"
