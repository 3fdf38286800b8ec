"""What the API would refuse is refused by the props, with the construct's path and before jsii hears of it."""

import inspect
import typing
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import constructs
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

import quantacirc_cdk.kubernetes as k8s
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes.engine import Construct, cdk8s
from quantacirc_cdk.limits.check import Checked, check
from support.kubernetes.constructs import ARGUMENTS, PROPS, make
from support.kubernetes.crossings import counted
from support.kubernetes.schemas import CORE, NEWEST, errors
from support.props import changed, fields_of, wrong

IDENTITY = k8s.Identity(name="shop")
HTTP = k8s.Port(name="http", port=8080)
TASK = k8s.TaskProps(identity=IDENTITY, image="shop:1")


def web(**fields: Any) -> Callable[[Construct], object]:
    given = {"identity": IDENTITY, "image": "shop:1", "ports": [HTTP], **fields}
    return lambda scope: k8s.WebService(scope, "web", k8s.WebServiceProps(**given))


def stateful(**fields: Any) -> Callable[[Construct], object]:
    given = {"identity": IDENTITY, "image": "shop:1", "ports": [HTTP], "data_path": "/data", "storage": "1Gi", **fields}
    return lambda scope: k8s.StatefulService(scope, "web", k8s.StatefulServiceProps(**given))


def generated(**fields: Any) -> Callable[[Construct], object]:
    given = {"name": "shop", "image": "shop:1", **fields}
    return lambda scope: k8s.GeneratedService(scope, "web", k8s.GeneratedServiceProps(**given))


def deployment(*, container: dict[str, Any] | None = None, **pod: Any) -> Callable[[Construct], object]:
    one = k8s.Container(name="shop", image="shop:1", **(container or {}))
    given = {"containers": [one], "service_account": "shop", **pod}
    return lambda scope: k8s.Deployment(scope, "web", k8s.DeploymentProps(identity=IDENTITY, pod=k8s.Pod(**given)))


def resources(**fields: Any) -> k8s.Resources:
    return k8s.Resources(**{"cpu": "100m", "memory": "64Mi", "memory_limit": "128Mi", **fields})


REFUSED: list[tuple[Callable[[Construct], object], str]] = [
    (web(ports=[k8s.Port(name="http", port="8080")]), 'ports[0].port "8080", expected a whole number'),  # type: ignore[arg-type]
    (web(resources=resources(extended={"cpu": "5"})), "resources.extended"),
    (
        web(resources=resources(extended={"hugepages-2Mi": "5Mi"})),
        'resources.extended.hugepages-2Mi "5Mi", expected a multiple of the page size, 2Mi',
    ),
    (
        deployment(volumes=[k8s.Volume(name="a", source={"foo": {}})]),
        "pod volume a: no source foo, expected one of",
    ),
    (
        deployment(volumes=[k8s.Volume(name="a", source={"configmap": {"name": "a"}})]),
        'pod volume a: no source configmap, expected "configMap"',
    ),
    (
        web(affinity={"node_affinity": {}}),
        "pod no affinity node_affinity, expected one of nodeAffinity, podAffinity, podAntiAffinity",
    ),
    (
        web(affinity={"nodeAffinity": {"required": {}}}),
        "pod nodeAffinity: no required, expected one of preferredDuringSchedulingIgnoredDuringExecution, required",
    ),
    (
        lambda scope: k8s.Job(
            scope,
            "web",
            k8s.JobProps(
                identity=k8s.Identity(name="a" * 55),
                pod=k8s.Pod(
                    containers=[k8s.Container(name="web", image="shop:1")],
                    service_account="shop",
                    restart_policy="Never",
                ),
                configuration={"A": "b"},
            ),
        ),
        f'identity.name "{"a" * 55}" of 55 characters, expected at most 54, because the name of the Job ends in a hash',
    ),
    (
        web(scaling=k8s.Scaling(max_replicas=3, cpu_percent=None)),
        "scaling.max_replicas 3, and nothing scales it, expected at most min_replicas",
    ),
    (
        web(update=k8s.Update(recreate=True, max_surge=3)),
        "update.max_surge 3, expected none with `recreate`",
    ),
    (web(service=k8s.ServiceOptions(type="LoadBalancer", load_balancer_class="a b")), "service.load_balancer_class"),
    (web(pod_annotations={"team": "x" * 2**18}), "pod_annotations {'team': "),
    (
        web(mounts=[k8s.Mount(volume="a", path="/a", sub_path="b", sub_path_expression="$(C)")]),
        'mounts[0].sub_path_expression beside sub_path "b", expected one of them',
    ),
    (web(dns=k8s.DnsConfig(nameservers=["10.0.0.1"] * 4)), "dns.nameservers 4, expected at most 3"),
    (
        web(variables={"A": k8s.ResourceField(resource="limits.memory", divisor="3")}),
        'variables.A.divisor "3", expected one of 1, 1k, 1M',
    ),
    (
        web(environment={"A": "y"}, variables={"A": "x"}),
        "environment.A beside a variable of this name, which takes precedence, expected one",
    ),
    (
        web(drain_seconds=30, pre_stop=["sleep", "9"]),
        "drain_seconds 30 beside pre_stop, which replaces it, expected one of them",
    ),
    (
        lambda scope: k8s.Namespace(
            scope, "web", name="web", labels={"pod-security.kubernetes.io/enforce": "privileged"}
        ),
        "labels pod-security.kubernetes.io/enforce, expected `level`, which sets them",
    ),
    (
        lambda scope: k8s.ConfigMap(scope, "web", name="web", data={"a": "x" * 2**20, "b": "x"}, labels={}),
        "data {'a': ",
    ),
    (deployment(container={"working_dir": "srv"}), "pod.containers[0].working_dir"),
    (
        deployment(container={"security": k8s.Security(capabilities={"NET_ADMIN": ""})}),
        "pod.containers[0].security.capabilities.NET_ADMIN no reason, expected the reason, in a sentence",
    ),
    (web(scaling=k8s.Scaling(triggers=[k8s.Trigger(type="a b", metadata={})])), "scaling.triggers[0].type"),
    (web(ports=[k8s.Port(name="http", port=0)]), "ports[0].port 0, expected 1 to 65535"),
    (web(ports=[k8s.Port(name="http", port=65536)]), "ports[0].port 65536, expected 1 to 65535"),
    (web(ports=[k8s.Port(name="http", port=8080.0)]), "ports[0].port 8080.0, expected a whole number"),  # type: ignore[arg-type]
    (
        web(ports=[HTTP, k8s.Port(name="more", port=8080)]),
        "ports[1].port 8080, expected a different number for each TCP port",
    ),
    (
        web(ports=[HTTP, k8s.Port(name="http", port=81)]),
        'ports[1].name "http", expected a different name for each port',
    ),
    (web(ports=[HTTP], side_car_ports=[k8s.Port(name="b", port=8080)]), "ports[1].port 8080"),
    (web(ports=[k8s.Port(name="a-very-long-name", port=1)]), 'ports[0].name "a-very-long-name", expected at most 15'),
    (web(ports=[k8s.Port(name="a--b", port=1)]), 'ports[0].name "a--b", expected at most 15'),
    (web(ports=[k8s.Port(name="8080", port=1)]), 'ports[0].name "8080", expected at most 15'),
    (web(ports=[k8s.Port(name="http", port=1, protocol="HTTP")]), 'ports[0].protocol "HTTP"'),  # type: ignore[arg-type]
    (
        web(scaling=k8s.Scaling(min_replicas=3, max_replicas=2)),
        "scaling.min_replicas 3, expected at most max_replicas, 2",
    ),
    (web(scaling=k8s.Scaling(min_replicas=0)), "scaling.min_replicas 0, expected at least 1"),
    (web(scaling=k8s.Scaling(min_replicas=-1)), "scaling.min_replicas -1, expected at least 0"),
    (web(environment={"1ST": "a"}), 'environment key "1ST", expected an environment variable\'s name'),
    (web(environment={"A B": "a"}), 'environment key "A B", expected'),
    (web(environment={"A=B": "a"}), 'environment key "A=B", expected'),
    (web(environment={"": "a"}), 'environment key "", expected'),
    (web(environment={"A": 1}), "environment.A 1, expected text"),
    (web(environment={"A": None}), "environment.A None, expected text"),
    (web(environment={"A": True}), "environment.A True, expected text"),
    (web(environment={"A": "x" * 2**20 + "x"}), "environment too large, expected at most 1048576 bytes"),
    (
        web(variables={"A": k8s.SecretKey(secret="Shop", key="a")}),
        'variables.A.secret "Shop", expected at most 253 lower-case',
    ),
    (web(variables={"A": k8s.FieldPath(path="metadata")}), 'variables.A.path "metadata", expected a field such as'),
    (web(pod_labels={"team": "x" * 64}), "pod_labels.team"),
    (web(pod_labels={"te am": "x"}), 'pod_labels key "te am", expected a key such as'),
    (web(image=""), 'image "", expected an image such as'),
    (web(image="Shop:1"), 'image "Shop:1", expected an image such as'),
    (web(resources=resources(memory="1GB!")), 'resources.memory "1GB!", expected a Kubernetes quantity'),
    (
        web(resources=resources(memory="256Mi")),
        'resources.memory_limit "128Mi", expected at least the request, 256Mi',
    ),
    (web(resources=resources(cpu=1)), "resources.cpu 1, expected text or None"),
    (web(user_id=0), "pod container shop: user 0 without a reason"),
    (stateful(user_id=0), "pod container shop: user 0 without a reason"),
    (stateful(mounts=[k8s.Mount(volume="more", path="/more")]), 'pod.containers[0].mounts[1].volume "more", expected'),
    (web(user_id=-1), "user_id -1, expected at least 0"),
    (web(identity=k8s.Identity(name="x" * 64)), "identity.name"),
    (web(identity=k8s.Identity(name="a.b")), 'identity.name "a.b", expected at most 63 lower-case letters'),
    (web(identity=k8s.Identity(name="1st")), 'identity.name "1st", expected a name of at most 63'),
    (web(probes=k8s.Probes(port="api")), 'probes.port "api", expected a port of the container: http (8080)'),
    (web(probes=k8s.Probes(port=9999)), "probes.port 9999, expected a port of the container: http (8080)"),
    (web(ports=[], probes=k8s.Probes()), 'probes.port "http", expected a port of the container: it has none'),
    (
        web(readiness_probe=k8s.Probe(check=k8s.TcpCheck(port="api"))),
        'readiness_probe.check.port "api", expected a port of the container: http (8080)',
    ),
    (web(liveness_probe=k8s.Probe(check=k8s.Command(command=[]))), "liveness_probe.check.command nothing to run"),
    (web(probes=k8s.Probes(period_seconds=0)), "probes.period_seconds 0, expected at least 1 seconds"),
    (web(command="sh"), 'command "sh", expected a list'),
    (stateful(storage="10GB"), 'storage "10GB", expected a Kubernetes quantity'),
    (stateful(storage="10"), 'storage "10", expected a size in bytes with a unit'),
    (stateful(data_path="data"), 'data_path "data", expected an absolute path'),
    (stateful(config_files={"a/b": ""}), 'config_files key "a/b", expected at most 253 letters'),
    (stateful(identity=k8s.Identity(name="x" * 53)), "identity.name"),
    (stateful(peer_ports=[k8s.Port(name="peer", port=8080)]), "ports[1].port 8080"),
    (generated(host="Shop.example.com"), 'host "Shop.example.com", expected a host such as shop.example.com'),
    (generated(host="10.0.0.1"), 'host "10.0.0.1", expected a host'),
    (generated(port=8080, metrics_port=8080), "metrics_port 8080, expected another port than `port`"),
    (generated(min_replicas=5, max_replicas=2), "min_replicas 5, expected 1 to max_replicas, 2"),
    (generated(name="Shop"), 'name "Shop", expected a name of at most 63'),
    (generated(health_path="healthz"), 'health_path "healthz", expected a path that starts with a slash'),
    (generated(size=1), "size 1, expected one of small, medium, large"),
    (
        generated(reaches=[k8s.Reach(peer=k8s.Addresses(cidr="10.0.0.1/8"), ports=(HTTP,))]),
        'reaches[0].peer.cidr "10.0.0.1/8", expected a CIDR without host bits, 10.0.0.0/8',
    ),
    (
        lambda scope: k8s.ScheduledJob(scope, "web", TASK, schedule="60 * * * *"),
        'schedule "60 * * * *", expected a cron',
    ),
    (lambda scope: k8s.ScheduledJob(scope, "web", TASK, schedule="@often"), 'schedule "@often", expected a cron'),
    (lambda scope: k8s.Namespace(scope, "web", name="a.b"), 'name "a.b", expected at most 63 lower-case letters'),
    (
        deployment(container={"mounts": [k8s.Mount(volume="data", path="/a")]}),
        'pod.containers[0].mounts[0].volume "data"',
    ),
    (deployment(containers=[]), "pod.containers none, expected at least one"),
    (deployment(restart_policy="Never"), 'pod.restart_policy "Never", expected "Always"'),
    (deployment(user_id=0), "pod container shop: user 0 without a reason"),
]


@pytest.fixture
def chart() -> Construct:
    return cdk8s.Testing.chart()


@pytest.mark.parametrize(("refused", "said"), REFUSED, ids=[f"{index}" for index in range(len(REFUSED))])
def test_the_props_say_what_is_wrong_before_jsii_does(
    refused: Callable[[Construct], object], said: str, chart: Construct, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chart.node.path == "test"
    with counted(monkeypatch) as calls, pytest.raises(PropsError) as caught:
        refused(chart)
    assert str(caught.value).startswith(f"test/web: {said}"), str(caught.value)
    assert len(calls) <= 2, "the path of the construct is all that is asked for"


def test_a_construct_has_an_id(chart: Construct) -> None:
    with pytest.raises(PropsError, match=r'^test: id "", expected text, not empty$'):
        k8s.WebService(chart, "", k8s.WebServiceProps(identity=IDENTITY, image="shop:1"))


def test_user_0_is_taken_with_its_reason(chart: Construct) -> None:
    web(user_id=0, security=k8s.Security(root="It binds a device."))(chart)


PUBLIC = [
    name
    for name in k8s.__all__
    if inspect.isclass(getattr(k8s, name)) and issubclass(getattr(k8s, name), Construct | constructs.Construct)
]


def test_every_public_construct_is_walked_and_checked() -> None:
    assert sorted([*PROPS, *ARGUMENTS]) == sorted(PUBLIC)
    assert all(issubclass(getattr(k8s, name), Checked) for name in PUBLIC)


@pytest.mark.integration
@pytest.mark.parametrize("name", PROPS)
def test_every_field_of_every_props_refuses_what_it_is_not(
    name: str, chart: Construct, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, seen = [], 0
    for field, value, props in changed(PROPS[name]):
        seen += 1
        with counted(monkeypatch) as calls:
            try:
                make(name, chart, f"x{seen}", props)
            except PropsError as error:
                said = str(error)
                if f"test/x{seen}: {field}" in said and len(calls) <= 2:
                    continue
                value = said
            kept.append((field, value))
    assert kept == []
    assert seen > 50


@pytest.mark.parametrize("name", ARGUMENTS)
def test_every_argument_refuses_what_it_is_not(name: str, chart: Construct) -> None:
    made = getattr(k8s, name)
    made(chart, "right", **ARGUMENTS[name])
    hints = typing.get_type_hints(made.__init__, include_extras=True)
    seen = 0
    for argument in ARGUMENTS[name]:
        for value in wrong(hints[argument]):
            seen += 1
            with pytest.raises(PropsError, match=f"test/x{seen}: "):
                made(chart, f"x{seen}", **{**ARGUMENTS[name], argument: value})
    assert seen > 5


@pytest.mark.integration
@pytest.mark.parametrize("name", PROPS)
@settings(max_examples=10)
@given(data=st.data())
def test_what_the_props_take_the_schemas_take(name: str, data: st.DataObject) -> None:
    base = PROPS[name]
    strategies = {field.name: strategy for field, strategy in fields_of(type(base))}
    names = data.draw(st.lists(st.sampled_from(sorted(strategies)), min_size=1, max_size=3, unique=True))
    props = replace(base, **{one: data.draw(strategies[one], label=one) for one in names})
    assume(not check(props))
    chart = cdk8s.Testing.chart()
    try:
        make(name, chart, "x", props)
    except PropsError as error:  # of a part, whose name is longer than that in the props
        if all(problem.key.startswith("test/x/") for problem in error.problems):
            reject()
        raise
    for item in cdk8s.Testing.synth(chart):
        if item["apiVersion"] in CORE:
            assert [error for version in ("1.29", NEWEST) for error in errors(item, version)] == []
