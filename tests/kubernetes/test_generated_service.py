"""A short specification gives everything, and a thousand of them take a thousand times as long as one."""

import pytest
from jsii._kernel.providers import process

from kubernetes_support.manifests import synthesize
from kubernetes_support.schemas import NEWEST, OLDEST, errors
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes import GeneratedService, GeneratedServiceProps
from quantacirc_cdk.kubernetes.engine import Construct, cdk8s

OBJECTS = 5
"""Kubernetes objects of a service."""


def test_five_words_give_all_objects_of_a_service() -> None:
    props = GeneratedServiceProps(name="shop", image="registry.example/shop:1.0.0", port=3000)
    objects = synthesize(lambda scope: GeneratedService(scope, "shop", props))
    assert {item["kind"] for item in objects} == {
        "Deployment",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    }
    assert [error for item in objects for version in (OLDEST, NEWEST) for error in errors(item, version)] == []


def test_an_unknown_size_names_the_nearest() -> None:
    props = GeneratedServiceProps(name="shop", image="shop:1", size="larg")  # type: ignore[arg-type]
    with pytest.raises(PropsError, match='test/shop: size "larg", expected "large"'):
        synthesize(lambda scope: GeneratedService(scope, "shop", props))


def crossings(count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the calls into jsii that this many services cost, synthesis included."""
    calls = 0
    send = process._NodeProcess.send

    def counted(self: object, *arguments: object) -> object:
        nonlocal calls
        calls += 1
        return send(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(process._NodeProcess, "send", counted)
        chart = cdk8s.Testing.chart()
        for index in range(count):
            GeneratedService(Construct(chart, f"{index}"), "x", GeneratedServiceProps(name=f"s{index}", image="x:1"))
        assert len(cdk8s.Testing.synth(chart)) == OBJECTS * count
    return calls


def test_the_work_grows_with_the_number_of_services_and_no_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are what synthesis spends its time on; ``benchmarks/services.py`` measures the time itself."""
    one, few, many = (crossings(count, monkeypatch) for count in (1, 11, 111))
    marginal = (few - one) // 10
    assert 0 < marginal <= 2 * OBJECTS  # and the construct around them
    assert many - few == 100 * marginal
