"""Limits of the Kubernetes API.

Sources of many rules:

* names: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
* fields: https://kubernetes.io/docs/reference/kubernetes-api/, and the validation in
  https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go
* patterns: https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from quantacirc_cdk.limits import capabilities, time_zones
from quantacirc_cdk.limits.cron import SCHEDULE, schedule_refusal
from quantacirc_cdk.limits.formats import (
    DNS_LABEL,
    HUGE_PAGES,
    IPV4,
    IPV6,
    NAME_OF_KEY,
    SUBDOMAIN,
    is_dns_name,
    is_subdomain,
)
from quantacirc_cdk.limits.quantity import bytes_refusal, quantity_refusal, whole_refusal
from quantacirc_cdk.limits.rule import INT32, Range, Rule, matching

_NAMES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"
_LABELS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set"
_API = "https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go"
_PATTERNS = "https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go"

# Names

DnsLabel = Annotated[
    str, matching(DNS_LABEL, "at most 63 lower-case letters, digits and dashes (RFC 1123)", source=_NAMES, schema=True)
]
"""Name of a namespace, a container, a volume."""
ServiceName = Annotated[
    str,
    matching(
        r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?",
        "a name of at most 63 lower-case letters, digits and dashes, starting with a letter (RFC 1035)",
        source=_NAMES,
        schema=True,
    ),
]
"""Name of a Service, and of objects whose Service has the same name."""
ObjectName = Annotated[
    str,
    Rule(
        lambda text: None if is_subdomain(text) else "at most 253 lower-case letters, digits, dashes and dots",
        source=_PATTERNS,
        keywords={"maxLength": 253, "pattern": f"^{SUBDOMAIN}$"},
    ),
]
"""Name of most objects: Secrets, ConfigMaps, ServiceAccounts, StorageClasses."""
RoleName = Annotated[
    str,
    Rule(
        lambda text: None if text not in ("", ".", "..") and not set(text) & {"/", "%"} else "a name without / and %",
        source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#restrictions-on-role-creation-or-update",
    ),
]
"""Name of a Role, a ClusterRole or a binding, such as ``system:auth-delegator``."""
_PORT_NAME, _NO_PORT_NAME = "[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?", "--|^[-0-9]*$"
PortName = Annotated[
    str,
    Rule(
        lambda text: (
            None
            if re.fullmatch(_PORT_NAME, text) and not re.search(_NO_PORT_NAME, text)
            else "at most 15 lower-case letters, digits and single dashes, with a letter (RFC 6335)"
        ),
        source="https://www.rfc-editor.org/rfc/rfc6335#section-5.1",
        keywords={"pattern": f"^{_PORT_NAME}$", "not": {"pattern": _NO_PORT_NAME}},
    ),
]

LONGEST_NAME = {"CronJob": 52, "Job": 63, "Namespace": 63, "Service": 63, "StatefulSet": 52}
"""Maximum length of a name, for kinds with less than 253 characters.

Each run of a CronJob has a suffix of eleven characters
(https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/). A label of a StatefulSet's pods contains its
name and a revision of ten characters (https://github.com/kubernetes/kubernetes/issues/64023).
"""

# Labels and annotations

_KEY = re.compile(NAME_OF_KEY)


def _is_qualified(text: str) -> bool:
    prefix, slash, name = text.rpartition("/")
    return _KEY.fullmatch(name) is not None and (not slash or is_subdomain(prefix))


def _qualified(subdomain: str) -> dict[str, Any]:
    """Return the keywords of a key whose prefix has at most 253 characters."""
    return {"pattern": f"^({subdomain}/)?{NAME_OF_KEY}$", "not": {"pattern": "^[^/]{254}"}}


LabelKey = Annotated[
    str,
    Rule(
        lambda text: None if _is_qualified(text) else "a key such as team or example.com/team, at most 63 characters",
        source=_LABELS,
        keywords=_qualified(SUBDOMAIN),
    ),
]
LabelValue = Annotated[
    str,
    matching(
        r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?",
        "at most 63 letters, digits, dashes, dots and underscores",
        source=_LABELS,
    ),
]
AnnotationKey = Annotated[
    str,
    Rule(
        lambda text: None if _is_qualified(text.lower()) else "a key such as team or example.com/team",
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set",
        keywords=_qualified(SUBDOMAIN.replace("a-z", "A-Za-z")),
    ),
]
Labels = Mapping[LabelKey, LabelValue]
SELECTOR_LABELS = ("app.kubernetes.io/component", "app.kubernetes.io/instance", "app.kubernetes.io/name")
"""Labels that select the pods of a workload."""
CONTROLLER_LABELS = (
    "controller-revision-hash",
    "pod-template-hash",
    "rollouts-pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
)
"""Labels that controllers set on pods, and select them by."""


def _added_label_refusal(key: str) -> str | None:
    if not _is_qualified(key):
        return "a key such as team or example.com/team, at most 63 characters"
    return "another key: selectors use this one" if key in (*SELECTOR_LABELS, *CONTROLLER_LABELS) else None


AddedLabelKey = Annotated[str, Rule(_added_label_refusal, source=_LABELS)]
"""Key of a label in addition to those that the library sets."""
AddedLabels = Mapping[AddedLabelKey, LabelValue]
ANNOTATIONS_BYTES = 256 * 1024
"""Maximum size of the keys and values of all annotations of an object."""


def _annotations(given: Mapping[str, str]) -> str | None:
    size = sum(len(key.encode()) + len(value.encode()) for key, value in given.items())
    return f"at most {ANNOTATIONS_BYTES} bytes, not {size}" if size > ANNOTATIONS_BYTES else None


ALL_ANNOTATIONS = Rule(
    _annotations,
    source="https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go",
)
Annotations = Annotated[Mapping[AnnotationKey, str], ALL_ANNOTATIONS]

# Configuration

_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")


def _data_key(text: str) -> str | None:
    fits = _DATA_KEY.fullmatch(text) and text != "." and not text.startswith("..")
    return None if fits else "at most 253 letters, digits, dashes, dots and underscores"


DataKey = Annotated[
    str,
    Rule(
        _data_key,
        source="https://kubernetes.io/docs/concepts/configuration/configmap/",
        keywords={"pattern": f"^{_DATA_KEY.pattern}$", "not": {"pattern": r"^\.(\.|$)"}},
    ),
]
"""A key of a ConfigMap or Secret, which is also a file name in a mount."""
DATA_BYTES = 1024 * 1024
"""Maximum size of the values of a ConfigMap or Secret."""


def data_refusal(data: Mapping[str, str]) -> str | None:
    """Return what was expected in place of the entries of a ConfigMap if they are too large, else None."""
    size = sum(len(value.encode()) for value in data.values())
    return f"at most {DATA_BYTES} bytes, the limit of a ConfigMap, not {size}" if size > DATA_BYTES else None


ConfigData = Annotated[
    Mapping[DataKey, str],
    Rule(data_refusal, source="https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size"),
]


def _variable(text: str) -> str | None:
    fits = not text[:1].isdigit() and _data_key(text) is None
    return None if fits else "an environment variable's name such as LOG_LEVEL"


VariableName = Annotated[str, Rule(_variable, source=_PATTERNS)]
"""Name of an environment variable in all supported releases, also as a key of a ConfigMap: letters, digits, ``_``,
``-`` and ``.``, not starting with a digit. Since 1.34, the API accepts all printable ASCII except ``=``.
"""
PodField = Annotated[
    str,
    matching(
        r"metadata\.(name|namespace|uid|(labels|annotations)\['[^'\\]{1,317}'\])"
        r"|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs)",
        "a field such as metadata.name, spec.nodeName, status.podIP or metadata.labels['team']",
        source="https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields",
    ),
]
ContainerResource = Annotated[
    str,
    matching(
        rf"(limits|requests)\.(cpu|memory|ephemeral-storage|{HUGE_PAGES})",
        "a request or limit of a container, such as limits.memory",
        source="https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#downwardapi-resourceFieldRef",
    ),
]

# Paths

_DOTS = r"/\.{1,2}(/|$)"
ContainerPath = Annotated[str, matching(r"/[^:\0]*", "an absolute path without a colon", source=_API, longest=4096)]
"""Path in a container."""
_BELOW_ROOT, _LONGEST_MOUNT = r"(/[^:/\x00]+)+/?", 4096
MountPath = Annotated[
    str,
    Rule(
        lambda text: (
            None
            if re.fullmatch(_BELOW_ROOT, text) and len(text) <= _LONGEST_MOUNT and not re.search(_DOTS, text)
            else 'an absolute path without a colon, below /, and without "//", "/./" and "/../"'
        ),
        source=_API,
        keywords={"maxLength": _LONGEST_MOUNT, "pattern": f"^{_BELOW_ROOT}$", "not": {"pattern": _DOTS}},
    ),
]
"""Path in a container where something is mounted; runtimes mount nothing over a container's own root. Two texts of one
path would hide each other.
"""


def _sub_path(text: str) -> str | None:
    fits = text and not text.startswith("/") and "\0" not in text and ".." not in text.split("/")
    return None if fits else 'a relative path without ".."'


SubPath = Annotated[
    str,
    Rule(_sub_path, source=_API, keywords={"minLength": 1, "not": {"pattern": r"^/|\x00|(^|/)\.\.(/|$)"}}),
]
"""Path in a volume."""


def volume_file_refusal(text: str) -> str | None:
    """Return what was expected in place of the path of a file in a volume; None if it is one."""
    return _sub_path(text) or ('a relative path that does not begin with ".."' if text.startswith("..") else None)


VolumeFile = Annotated[
    str,
    Rule(
        volume_file_refusal,
        source=_API,
        keywords={"minLength": 1, "not": {"pattern": r"^/|\x00|^\.\.|/\.\.(/|$)"}},
    ),
]
"""Path in a volume where a key of a ConfigMap or Secret is a file; names that begin with two dots are reserved."""


URL_PATH = re.compile(r"/([!$&'()*+,;=:@A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})*")
NORMALIZED_PATH = re.compile(r"//|/\.\.?(/|$)|%2[fF]")


LONGEST_PATH = 1024


def _route_path(text: str) -> str | None:
    fits = URL_PATH.fullmatch(text) and len(text) <= LONGEST_PATH and not NORMALIZED_PATH.search(text)
    return None if fits else "a path that starts with a slash, without // or dots between slashes"


RoutePath = Annotated[str, Rule(_route_path, source="https://gateway-api.sigs.k8s.io/reference/spec/#httppathmatch")]
"""Path of an Ingress or HTTPRoute; both refuse paths that a proxy would normalize."""


def _probe_path(text: str) -> str | None:
    path, _, query = text.partition("?")
    fits = _route_path(path) is None and re.fullmatch("[!-~]*", query)
    return (
        None if fits else "a path such as /healthz?full=1, without // or dots between slashes, other characters as %20"
    )


ProbePath = Annotated[str, Rule(_probe_path, source="https://www.rfc-editor.org/rfc/rfc3986#section-3.3")]
"""Path, optionally with a query, of an HTTP probe. It must also be valid in a route, because routes close it to the
outside.
"""


def _host(text: str) -> str | None:
    name = text.removeprefix("*.")
    digits = name.rpartition(".")[2].isdigit()
    return None if is_dns_name(name) and not digits else "a host such as shop.example.com, in lower case"


Host = Annotated[
    str,
    Rule(
        _host,
        source="https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/#IngressRule",
        keywords={
            "pattern": rf"^(\*\.)?{DNS_LABEL}(\.{DNS_LABEL})*$",
            "not": {"pattern": r"(^|\.)[0-9]+$|^(\*\.)?[^*]{254}"},
        },
    ),
]
"""Host of an Ingress or HTTPRoute; a leading ``*.`` matches one label. IP addresses are not allowed."""
HostName = Annotated[
    str,
    Rule(
        lambda text: "a host without an asterisk" if "*" in text else _host(text),
        source="https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/#IngressRule",
    ),
]
"""One host, or a domain that hosts are below."""
GrpcService = Annotated[
    str,
    matching(
        r"[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62}){0,15}",
        "the full name of a gRPC service (`package.Service`)",
        source="https://gateway-api.sigs.k8s.io/reference/spec/#grpcmethodmatch",
        schema=True,
    ),
]
"""Full name of a gRPC service, ``package.Service``, which is also the first segment of the path of its requests."""

# Amounts

Quantity = Annotated[
    str,
    Rule(quantity_refusal, source="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"),
]
"""An amount above zero."""
Bytes = Annotated[
    str,
    Rule(
        bytes_refusal,
        source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-memory",
    ),
]
"""A size of memory or storage."""
WholeQuantity = Annotated[
    str,
    Rule(
        whole_refusal,
        source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources",
    ),
]
"""A whole number of an extended resource, which cannot be divided."""
UserId = Annotated[int, Range(0, source=_PATTERNS)]
"""A UID or GID; 0 is root, which *restricted* refuses."""
NonRootId = Annotated[
    int,
    Rule(
        lambda n: None if 1 <= n <= INT32 else f"1 to {INT32}; 0 is the superuser",
        source="https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
    ),
]
"""A UID or GID that *restricted* accepts."""
Count = Annotated[int, Range(0, source=_API)]
Positive = Annotated[int, Range(1, source=_API)]
Servers = Annotated[
    int, Range(1, 999, "servers", source="https://docs.nats.io/running-a-nats-service/configuration/clustering")
]
"""Servers of a cluster, each of which connects to all others."""
CanaryWeight = Annotated[
    int, Range(1, 99, "percent", source="https://argo-rollouts.readthedocs.io/en/stable/features/specification/")
]
"""Percentage of the pods in a step of a canary release."""
Seconds = Annotated[int, Range(0, INT32, "seconds", source=_API)]
PositiveSeconds = Annotated[int, Range(1, INT32, "seconds", source=_API)]
StabilizationSeconds = Annotated[
    int,
    Range(
        0,
        3600,
        "seconds",
        source="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/",
    ),
]
PeriodSeconds = Annotated[
    int,
    Range(
        1,
        1800,
        "seconds",
        source="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/",
    ),
]
"""Length of the period of a scaling policy."""
PriorityValue = Annotated[
    int,
    Range(
        -(2**31),
        1_000_000_000,
        source="https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass",
    ),
]
"""Value of a PriorityClass; higher values are reserved for the system."""
Schedule = Annotated[
    str,
    Rule(
        schedule_refusal,
        source="https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax",
        keywords={"pattern": f"^({SCHEDULE})$"},
    ),
]
KubernetesVersion = Annotated[
    str,
    matching(
        r"1\.(2[7-9]|3[0-9])", 'a Kubernetes minor version such as "1.34"', source="https://kubernetes.io/releases/"
    ),
]


def _percentage(text: str) -> str | None:
    return None if re.fullmatch(r"(100|[1-9]?[0-9])%", text) else "a number, or a percentage such as 25%"


CountOrPercent = (
    Count
    | Annotated[
        str,
        Rule(
            _percentage, source="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/"
        ),
    ]
)


Address = Annotated[str, matching(f"{IPV4}|{IPV6}", "an address such as 10.0.0.1", source=_API)]
NAMESERVERS, SEARCHES = 3, 32
"""Maximum number of name servers and of search domains of a pod:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config.
"""
HeaderName = Annotated[
    str,
    matching(
        r"[-A-Za-z0-9!#$%&'*+.^_`|~]+",
        "a header such as X-Check",
        source="https://www.rfc-editor.org/rfc/rfc9110#section-5.1",
        schema=True,
    ),
]
TimeZone = Annotated[
    str,
    # https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones
    Rule(time_zones.refusal, source=time_zones.SOURCE, schema={"pattern": "^[A-Za-z0-9+_-]+(/[A-Za-z0-9+_-]+)*$"}),
]
Capability = Annotated[
    str, Rule(capabilities.refusal, source=capabilities.SOURCE, schema={"enum": sorted(capabilities.NAMES)})
]

# Words

Protocol = Literal["TCP", "UDP", "SCTP"]
"""https://kubernetes.io/docs/reference/networking/service-protocols/."""
AccessMode = Literal["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"]
"""https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes."""
