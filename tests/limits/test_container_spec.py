"""What the API refuses of a container, and that a null is the default."""

from typing import Any

import pytest

from quantacirc_cdk.limits.container_spec import container_refusals
from quantacirc_cdk.limits.pod_spec import workload_refusals

HOST = {"hostNetwork": True}


@pytest.mark.parametrize(
    ("container", "pod"),
    [
        ({"lifecycle": {"preStop": {"sleep": {"seconds": 30}}}}, {"terminationGracePeriodSeconds": None}),
        ({"livenessProbe": {"exec": {}, "successThreshold": None}}, {}),
        ({"ports": [{"containerPort": 80, "hostPort": None}]}, HOST),
        ({"ports": [{"containerPort": 80, "hostPort": 0}]}, HOST),
        ({"resources": {"limits": {"hugepages-2Mi": "4Mi", "memory": "1Gi"}}}, {}),
    ],
)
def test_null_is_the_default(container: Any, pod: Any) -> None:
    assert list(container_refusals(container, pod, runs_on=True)) == []


def test_an_init_container_has_no_probe_where_it_is_null() -> None:
    assert list(container_refusals({"livenessProbe": None, "lifecycle": None}, {}, runs_on=False)) == []


@pytest.mark.parametrize(
    ("container", "said"),
    [
        ({"volumeMounts": [{"mountPath": "/a"}, {"mountPath": "/a/"}]}, ["two mounts at /a"]),
        ({"resources": {"limits": {"hugepages-2Mi": "4Mi"}}}, ["hugepages-2Mi without cpu or memory"]),
        ({"resources": {"limits": {"hugepages-2Mi": "5Mi", "cpu": 1}}}, ["5Mi hugepages-2Mi"]),
        ({"ports": [{"containerPort": 80, "hostPort": 81}]}, ["host port 81 of port 80 with hostNetwork"]),
    ],
)
def test_what_the_api_refuses_is_named(container: Any, said: list[str]) -> None:
    assert [what for what, _ in container_refusals(container, HOST, runs_on=True)] == said


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"maxUnavailable": None}, []),
        ({"maxSurge": 1, "maxUnavailable": None}, ["maxSurge beside maxUnavailable, of which 1 is the default"]),
        ({"maxSurge": None, "maxUnavailable": 0}, ["maxSurge and maxUnavailable are both 0"]),
    ],
)
def test_the_update_of_a_daemon_set_has_defaults(update: Any, said: list[str]) -> None:
    spec = {"selector": {"matchLabels": {"a": "b"}}, "updateStrategy": {"rollingUpdate": update}}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a"}]}}
    assert [what for what, _ in workload_refusals({"kind": "DaemonSet", "spec": spec}, template)] == said
