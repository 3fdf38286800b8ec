"""Values that each rule of the limits takes, and values that it refuses; every rule has both."""

from typing import Any, get_args

from quantacirc_cdk.limits import formats, image, kubernetes, projected
from quantacirc_cdk.limits.rule import Rule
from quantacirc_cdk.model import values

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
    (kubernetes.ContainerPath, ["/", "/data", "/with space"]),
    (kubernetes.MountPath, ["/data", "/with space", "/.a"]),
    (kubernetes.SubPath, ["passwd", "a/b", "..a"]),
    (kubernetes.RoutePath, ["/", "/a", "/a/", "/a.b/%20", "/.well-known/x"]),
    (kubernetes.ProbePath, ["/", "/healthz?js-enabled-only=true"]),
    (kubernetes.Host, ["shop", "shop.example.com", "*.example.com", "1and1.example"]),
    (kubernetes.UserId, [0, 65534, 2**31 - 1]),
    (kubernetes.NonRootId, [1, 10001, 2**31 - 1]),
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
    (kubernetes.Quantity, ["250m", "1", "1.5Gi", "1e3", ".5", "100u"]),
    (kubernetes.Bytes, ["512Mi", "10Gi", "1e9", "1.5Gi"]),
    (kubernetes.Count, [0, 1, 2**31 - 1]),
    (kubernetes.Positive, [1, 2**31 - 1]),
    (kubernetes.Seconds, [0, 30]),
    (kubernetes.PositiveSeconds, [1, 30]),
    (kubernetes.StabilizationSeconds, [0, 3600]),
    (kubernetes.PeriodSeconds, [1, 1800]),
    (kubernetes.KubernetesVersion, ["1.27", "1.34"]),
    (kubernetes.Address, ["10.0.0.1", "::1"]),
    (kubernetes.HeaderName, ["X-Check", "host"]),
    (kubernetes.TimeZone, ["Etc/UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+1"]),
    (kubernetes.Capability, ["NET_ADMIN", "CHOWN"]),
    (formats.DnsName, ["a.b-c.example", "localhost"]),
    (formats.Cidr, ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32"]),
    (formats.Subject, ["a.*.c", "a.>", ">"]),
    (formats.SemVer, ["1.0.0-rc.1+build", "0.1.0"]),
    (formats.Version, ["1.0.0-rc.1", "2026.11.3", "v1", "24.04", "RELEASE.2026-11-28T10-00-00Z"]),
    (formats.Email, ["owner@example.com"]),
    (image.Digest, ["sha256:" + "0f" * 32]),
    (image.Tag, ["1.4.0", "_a", "x" * 128]),
    (image.Registry, ["localhost:5000/team", "registry.example.com"]),
    (image.Repository, ["team/app", "app"]),
    (kubernetes.WholeQuantity, ["1", "2k", "1Gi"]),
    (
        projected.ProjectedSource,
        [
            {"secret": {"name": "a", "items": [{"key": "k", "path": "p"}], "optional": True}},
            {"serviceAccountToken": {"path": "token", "audience": "x", "expirationSeconds": 3600}},
            {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        ],
    ),
    (values.EnvVarPrefix, ["APP_", "A1_B_"]),
    (values.HttpPath, ["/", "/a/b.c~d", "/healthz"]),
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
    (kubernetes.ContainerPath, ["", "data", "/a:b", "C:\\data"]),
    (kubernetes.MountPath, ["", "data", "/a:b", "C:\\data", "/", "//", "/..", "/./."]),
    (kubernetes.SubPath, ["", "/a", "..", "a/../b"]),
    (kubernetes.RoutePath, ["", "a", "//", "/a//b", "/a/./b", "/a/..", "/a%2fb", "/a b", "/%zz", "/" + "x" * 1024]),
    (kubernetes.ProbePath, ["", "livez", "/a b", "/ü", "/a{b}", "//", "/a/../b", "/a?b c"]),
    (kubernetes.Host, ["", "Shop.example.com", "10.0.0.1", "a_b.example", "*", "*.*.example", "a.example.", "x" * 64]),
    (kubernetes.UserId, [-1, 2**31]),
    (kubernetes.NonRootId, [0, -1, 2**31]),
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
    (kubernetes.Quantity, ["", "0", "-1", "1GB!", "1 Gi", "1K"]),
    (kubernetes.Bytes, ["", "0", "12", "500m", "1GB"]),
    (kubernetes.Count, [-1, 2**31]),
    (kubernetes.Positive, [0, -1, 2**31]),
    (kubernetes.Seconds, [-1, 2**31]),
    (kubernetes.PositiveSeconds, [0, 2**31]),
    (kubernetes.StabilizationSeconds, [-1, 3601]),
    (kubernetes.PeriodSeconds, [0, 1801]),
    (kubernetes.KubernetesVersion, ["", "1.26", "2.0", "1.34.1", "v1.34"]),
    (kubernetes.Address, ["", "10.0.0", "a.example", "10.0.0.0/8"]),
    (kubernetes.HeaderName, ["", "X Check", "X:", "Ü"]),
    (kubernetes.TimeZone, ["", "Etc/", "/UTC", "Europe Berlin", "../UTC", "Europe/Berln", "europe/berlin"]),
    (kubernetes.Capability, ["", "net_admin", "NET ADMIN"]),
    (formats.DnsName, ["", "a..b", "A.example", "a_b", "a."]),
    (formats.Cidr, ["", "10.0.0.0", "10.0.0.1/8", "::/0", "10.0.0.0/33"]),
    (formats.Subject, ["", "a.>.b", "a b", "a..b"]),
    (formats.SemVer, ["", "1.0", "01.0.0", "v1.0.0"]),
    (formats.Version, ["", "1.0+build", "v 1", "-1", "1.", "a" * 64]),
    (formats.Email, ["", "owner", "a@b", "a b@c.example"]),
    (image.Digest, ["", "sha256:" + "0F" * 32, "sha256:00"]),
    (image.Tag, ["", "-a", "x" * 129, "a b"]),
    (image.Registry, ["", "https://registry.example.com", "a/"]),
    (image.Repository, ["", "Team/app", "/app", "app/"]),
    (kubernetes.WholeQuantity, ["", "0", "1.5", "500m"]),
    (
        projected.ProjectedSource,
        [
            {},
            {"nfs": {}},
            {"secret": {}},
            {"secret": {"name": ""}},
            {"secret": {"name": "a"}, "configMap": {"name": "a"}},
            {"secret": {"name": "a", "items": [{"key": "k"}]}},
            {"serviceAccountToken": {"path": "a", "expirationSeconds": "1"}},
        ],
    ),
    (values.EnvVarPrefix, ["", "APP", "app_", "1_"]),
    (values.HttpPath, ["", "a", "/a b", "/%20", "/a?b"]),
]


def rule_of(hint: Any) -> Rule | None:
    """Return the rule in an annotation."""
    return next((one for one in get_args(hint)[1:] if isinstance(one, Rule)), None)


def examples(table: list[tuple[Any, list[Any]]], hint: Any) -> list[Any]:
    """Return the examples for the rule of an annotation."""
    return next(values for kind, values in table if rule_of(kind) is rule_of(hint))
