"""What is the release's name or namespace in an object, and what only looks like it."""

from typing import Any

from quantacirc_cdk.helm.expression import Scope
from quantacirc_cdk.helm.node import evaluate
from quantacirc_cdk.helm.substitution import Facts, Names, substitution

FACTS = Facts(
    system="shop",
    release="shop",
    namespace="trade",
    version="1.0.0",
    managed_by="Helm",
    components=frozenset({"trade-desk"}),
    shared=frozenset({"trade-volumes"}),
    namespaces_differ=True,
)


def elsewhere(item: Any) -> Any:
    """Return an object as it is in another namespace."""
    return evaluate(
        substitution(FACTS, Names())(item),
        Scope(values={"namespaceOverride": "other"}, release="shop", namespace="trade"),
    )


def test_an_address_follows_the_namespace() -> None:
    assert elsewhere({"env": [{"name": "A", "value": "web.trade.svc:80"}]})["env"][0]["value"] == "web.other.svc:80"


def test_a_name_of_an_object_does_not() -> None:
    """It is that of a Secret or claim that you create, whatever its name ends with."""
    item = {
        "imagePullSecrets": [{"name": "registry.trade"}],
        "volumes": [
            {"name": "keys", "secret": {"secretName": "keys.trade"}},
            {"name": "old", "persistentVolumeClaim": {"claimName": "old.trade"}},
        ],
        "serviceAccountName": "robot.trade",
    }
    assert elsewhere({**item}) == item


def named(name: str) -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": {"name": name, "labels": {"app.kubernetes.io/name": name}}}


def test_an_object_named_after_the_namespace_follows_it_and_a_component_does_not() -> None:
    assert elsewhere(named("trade-dashboard")) == named("other-dashboard")
    for name in ("trade-desk", "trade-desk-settings", "trade-volumes", "trader"):
        assert elsewhere(named(name)) == named(name)
