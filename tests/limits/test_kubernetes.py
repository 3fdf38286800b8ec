"""Each rule takes what the Kubernetes API takes, and says what it expected of the rest."""

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from quantacirc_cdk.limits import formats, image, kubernetes
from quantacirc_cdk.limits.check import check_of, describe
from quantacirc_cdk.limits.rule import Rule

TAKEN: list[tuple[Any, list[Any]]] = [
    (kubernetes.DnsLabel, ["a", "1st", "a-b", "x" * 63]),
    (kubernetes.ServiceName, ["a", "a1", "a-b", "x" * 63]),
    (kubernetes.ObjectName, ["a", "1.2", "tls.example.com", "a" * 63 + "." + "b" * 63]),
    (kubernetes.PortName, ["http", "a", "otlp-grpc", "1a", "x" * 15]),
    (kubernetes.LabelKey, ["team", "example.com/team", "A_b.c-d", "x" * 63]),
    (kubernetes.LabelValue, ["", "a", "1.4.0", "A_b", "x" * 63]),
    (kubernetes.AnnotationKey, ["team", "Example.com/Team"]),
    (kubernetes.DataKey, ["a", "config.yaml", "_A-b", ".hidden", "x" * 253]),
    (kubernetes.VariableName, ["A", "lower_case", "_x", "discovery.type", "a-b"]),
    (kubernetes.PodField, ["metadata.name", "status.podIP", "metadata.labels['app.kubernetes.io/name']"]),
    (kubernetes.MountPath, ["/", "/data", "/with space"]),
    (kubernetes.SubPath, ["passwd", "a/b", "..a"]),
    (kubernetes.RoutePath, ["/", "/a", "/a/", "/a.b/%20", "/.well-known/x"]),
    (kubernetes.ProbePath, ["/", "/healthz?js-enabled-only=true"]),
    (kubernetes.Host, ["shop", "shop.example.com", "*.example.com", "1and1.example"]),
    (kubernetes.UserId, [0, 65534, 2**31 - 1]),
    (kubernetes.PriorityValue, [-(2**31), 0, 10**9]),
    (kubernetes.Schedule, ["0 2 * * *", "*/5 0-6 1,15 jan-mar mon-fri", "@daily", "0 0 ? * 0"]),
    (formats.PortNumber, [1, 8080, 65535]),
    (formats.VariableName, ["LOG_LEVEL", "log_level", "_", "a1"]),
    (
        image.Image,
        [
            *("nginx", "nginx:1.27", "team/app", "registry.example.com/team/app:1.4.0", "localhost:5000/app"),
            *("localhost/app", "REGISTRY.example/app", "a.b/c__d/e-f--g", "[::1]:5000/app", "app:" + "x" * 128),
            *("app@sha256:" + "0f" * 32, "r.example/app:1.0@sha256:" + "0f" * 32, "host:443/app"),
        ],
    ),
]
REFUSED: list[tuple[Any, list[Any]]] = [
    (kubernetes.DnsLabel, ["", "a.b", "A", "-a", "a-", "x" * 64, "a\n", "ä", "a_b"]),
    (kubernetes.ServiceName, ["", "1st", "a.b", "A", "x" * 64, "a-"]),
    (kubernetes.ObjectName, ["", "a..b", "A", "a_b", ".a", "a.", "x" * 64, ".".join(["a" * 63] * 4) + ".b"]),
    (kubernetes.PortName, ["", "x" * 16, "a--b", "123", "-a", "a-", "HTTP", "a.b", "a_b", "a\n"]),
    (kubernetes.LabelKey, ["", "/a", "a/", "a/b/c", "-a", "x" * 64, "Example.com/team", "a b"]),
    (kubernetes.LabelValue, ["-a", "a-", "x" * 64, "a b", "ü", "a+b", "a\n"]),
    (kubernetes.AnnotationKey, ["", "a b", "/a"]),
    (kubernetes.DataKey, ["", ".", "..", "..a", "a/b", "a b", "x" * 254, "é"]),
    (kubernetes.VariableName, ["", "1A", "A B", "A=B", "..", "ä", "A\n", "٢"]),
    (kubernetes.PodField, ["", "metadata", "spec.containers", "metadata.labels", "metadata.labels[team]"]),
    (kubernetes.MountPath, ["", "data", "/a:b", "C:\\data"]),
    (kubernetes.SubPath, ["", "/a", "..", "a/../b"]),
    (kubernetes.RoutePath, ["", "a", "//", "/a//b", "/a/./b", "/a/..", "/a%2fb", "/a b", "/%zz", "/" + "x" * 1024]),
    (kubernetes.ProbePath, ["", "livez", "/a b", "/ü"]),
    (kubernetes.Host, ["", "Shop.example.com", "10.0.0.1", "a_b.example", "*", "*.*.example", "a.example.", "x" * 64]),
    (kubernetes.UserId, [-1, 2**31]),
    (kubernetes.PriorityValue, [10**9 + 1]),
    (kubernetes.Schedule, ["", "* * * *", "60 * * * *", "* * * * 7", "*/0 * * * *", "@every 1h", "TZ=UTC 0 0 * * *"]),
    (formats.PortNumber, [0, -1, 65536]),
    (formats.VariableName, ["", "1A", "a-b", "a.b", "A B", "ä"]),
    (
        image.Image,
        [
            *("", " ", "Nginx", "team/App", "nginx:", "nginx:a b", "nginx@sha256:abc", "a//b", "/a", "a/", ":1"),
            *("https://registry.example/app", "app:" + "x" * 129, "app\n", "r.example:port/app", "-a", "x" * 256),
        ],
    ),
]


def cases(table: list[tuple[Any, list[Any]]]) -> list[tuple[Any, Any]]:
    return [(kind, value) for kind, values in table for value in values]


@pytest.mark.parametrize(("kind", "value"), cases(TAKEN))
def test_model_and_props_take_what_the_api_takes(kind: Any, value: Any) -> None:
    assert TypeAdapter(kind).validate_python(value) == value
    assert not check_of(kind)(value)


@pytest.mark.parametrize(("kind", "value"), cases(REFUSED))
def test_model_and_props_refuse_the_rest_with_the_same_words(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    (refusal,) = check_of(kind)(value)
    assert caught.value.errors()[0]["msg"] == refusal.expected
    assert refusal.what == describe(value)


def rules() -> list[tuple[str, Rule]]:
    return [
        (f"{module.__name__}.{name}", rule)
        for module in (formats, image, kubernetes)
        for name, hint in vars(module).items()
        if not name.startswith("_")
        for rule in get_args(hint)[1:]
        if isinstance(rule, Rule)
    ]


@pytest.mark.parametrize(("name", "rule"), rules())
def test_every_rule_says_where_it_is_written(name: str, rule: Rule) -> None:
    assert rule.source.startswith("https://"), name
