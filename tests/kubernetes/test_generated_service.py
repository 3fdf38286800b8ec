"""A short specification gives everything, and a thousand of them take a thousand times as long as one."""

import time

import pytest

from kubernetes_support.manifests import synthesize
from kubernetes_support.schemas import NEWEST, OLDEST, errors
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes import GeneratedService, GeneratedServiceProps
from quantacirc_cdk.kubernetes.engine import Construct, cdk8s


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


def seconds(count: int) -> float:
    """Return the time to create and synthesize this many services."""
    began = time.perf_counter()
    chart = cdk8s.Testing.chart()
    for index in range(count):
        GeneratedService(Construct(chart, f"{index}"), "x", GeneratedServiceProps(name=f"s{index}", image="x:1"))
    assert len(cdk8s.Testing.synth(chart)) == 5 * count
    return time.perf_counter() - began


@pytest.mark.slow
def test_a_thousand_services_take_linear_time() -> None:
    seconds(20)
    # The best of three, because other work on the machine only ever adds.
    few, many = min(seconds(100) for _ in range(3)), min(seconds(1000) for _ in range(2))
    assert many <= 11 * few, f"{many:.2f} s for 1,000, {few:.2f} s for 100"
