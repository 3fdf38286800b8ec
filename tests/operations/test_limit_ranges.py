"""What a LimitRange of others refuses, object by object."""

from typing import Any

import pytest

from quantacirc_cdk.operations.limit_ranges import limit_problems


def named(kind: str, name: str, spec: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name}, "spec": spec}


def limits(kind: str = "Container", name: str = "team", **limit: Any) -> dict[str, Any]:
    return named("LimitRange", name, {"limits": [{"type": kind, **limit}]})


def resources(requests: str = "", most: str = "", **more: Any) -> dict[str, Any]:
    amounts = {"requests": {"cpu": requests}, "limits": {"cpu": most}}
    return {"name": "oven", "resources": {key: one for key, one in amounts.items() if one["cpu"]}, **more}


def job(*containers: dict[str, Any], **pod: Any) -> dict[str, Any]:
    spec = {"containers": list(containers), **pod}
    return named("CronJob", "nightly", {"jobTemplate": {"spec": {"template": {"spec": spec}}}})


HALF = resources("500m", "1")
SIDECAR, FIRST = (
    resources("500m", "1", name="sidecar", restartPolicy="Always"),
    resources("2", "4", name="first"),
)


@pytest.mark.parametrize(
    ("containers", "limit", "said"),
    [
        ([HALF], {"min": {"cpu": "500m"}, "max": {"cpu": "1"}}, []),
        ([HALF], {"min": {"cpu": "0.6"}}, ["its container oven requests less cpu than the minimum of 0.6"]),
        ([HALF], {"max": {"cpu": "900m"}}, ["its container oven may use more cpu than the maximum of 900m"]),
        ([resources("500m")], {"max": {"cpu": 2}}, ["its container oven has no limit of cpu, and 2 is the maximum"]),
        ([resources()], {"min": {"cpu": "1m"}}, ["its container oven requests less cpu than the minimum of 1m"]),
        # What a container does not state comes from the defaults, and a limit alone is the request, too.
        ([resources()], {"min": {"cpu": "1m"}, "defaultRequest": {"cpu": "1m"}}, []),
        ([resources()], {"max": {"cpu": "2"}, "default": {"cpu": "2"}}, []),
        ([resources(most="1")], {"min": {"cpu": "1"}, "defaultRequest": {"cpu": "1m"}}, []),
        ([HALF], {"maxLimitRequestRatio": {"cpu": "2"}}, []),
        ([HALF], {"maxLimitRequestRatio": {"cpu": "1.5"}},
         ["its container oven may use more than 1.5 times its request of cpu"]),
        ([resources("500m")], {"maxLimitRequestRatio": {"cpu": "2"}},
         ["its container oven may use more than 2 times its request of cpu"]),
    ],
)  # fmt: skip
def test_containers_meet_each_bound(containers: list[dict[str, Any]], limit: dict[str, Any], said: list[str]):
    found = limit_problems([job(*containers)], [limits(**limit)])
    assert found == [f"LimitRange team refuses CronJob nightly: {one}" for one in said]


def test_a_pod_has_the_most_of_what_runs_at_the_same_time():
    pod = job(HALF, initContainers=[SIDECAR, FIRST])  # The sidecar also runs beside the init container that follows.
    assert limit_problems([pod], [limits("Pod", max={"cpu": "5"}, min={"cpu": "2500m"})]) == []
    assert limit_problems([pod], [limits("Pod", max={"cpu": "4"})]) == [
        "LimitRange team refuses CronJob nightly: its pod may use more cpu than the maximum of 4"
    ]
    alone = job(HALF, initContainers=[FIRST, SIDECAR])
    assert limit_problems([alone], [limits("Pod", max={"cpu": "4"})]) == []
    small = job(HALF, initContainers=[SIDECAR])
    assert limit_problems([small], [limits("Pod", max={"cpu": "2"}, min={"cpu": "1"})]) == []
    assert limit_problems([small], [limits("Pod", max={"cpu": "1900m"})]) == [
        "LimitRange team refuses CronJob nightly: its pod may use more cpu than the maximum of 1900m"
    ]
    (one,) = limit_problems([pod], [limits(max={"cpu": "3"})])
    assert "its container first" in one


def test_claims_of_every_origin_have_a_size():
    size = {"resources": {"requests": {"storage": "1Gi"}}}
    disk = {"name": "disk", "ephemeral": {"volumeClaimTemplate": {"spec": size}}}
    claims = [
        named("PersistentVolumeClaim", "books", size),
        named(
            "StatefulSet", "bus", {"template": {"spec": {"containers": []}}, "volumeClaimTemplates": [{"spec": size}]}
        ),
        job(volumes=[disk, {"name": "tmp", "emptyDir": {}}]),
    ]  # fmt: skip
    assert limit_problems(claims, [limits("PersistentVolumeClaim", max={"storage": "1Gi"})]) == []
    found = limit_problems(claims, [limits("PersistentVolumeClaim", min={"storage": "2Gi"})])
    assert [one.split(": ")[1] for one in found] == ["its claim requests less storage than the minimum of 2Gi"] * 3


def test_a_range_of_the_release_is_no_other_one_and_its_defaults_count():
    own = limits(name="bakery", max={"cpu": "1m"}, defaultRequest={"cpu": "2"}, default={"cpu": "2"})
    assert limit_problems([own, job(resources())], [own]) == []
    assert limit_problems([own, job(resources())], [own, limits(min={"cpu": "2"})]) == []
