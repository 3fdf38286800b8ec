"""JSON Schemas (draft 7) of common types of values, and of the pods of a component."""

import re

from quantacirc_cdk.helm.schema_parts import (
    Json,
    but_not,
    closed,
    exactly_one,
    list_of,
    mapping,
    may_be_empty,
    not_both,
    of,
    one_of,
)
from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.limits.container_spec import CHECKS
from quantacirc_cdk.limits.formats import HUGE_PAGES, NAME_OF_KEY, SUBDOMAIN, PortNumber
from quantacirc_cdk.limits.kubernetes_names import ExtendedResource
from quantacirc_cdk.limits.quantity import DIVISORS
from quantacirc_cdk.limits.quotas import COUNTED, MEASURED
from quantacirc_cdk.limits.scheduling import COMPARING, PREFERRED, REQUIRED, WEIGHT, WITH_VALUES, WITHOUT_VALUES

BOOLEAN: Json = {"type": "boolean"}
TEXT: Json = {"type": "string", "maxLength": 253, "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$"}
OBJECT_NAME = of(kubernetes.ObjectName)
NAME = may_be_empty(OBJECT_NAME)
"""The name of an object; can be empty."""
DNS_LABEL = of(kubernetes.DnsLabel)
NAMESPACE = may_be_empty(DNS_LABEL)


def _above_zero(unit: str, digits: int, first: str = "1-9") -> str:
    """Return the pattern of an amount with a unit, and at most so many digits before the point."""
    return rf"(0*[{first}][0-9]{{0,{digits - 1}}}(\.[0-9]*)?|0*\.[0-9]*[1-9][0-9]*){unit}"


_LARGE = "|".join(
    [
        *(_above_zero(unit, 15 - 3 * power) for power, unit in enumerate(("(k|Ki)", "Mi?", "Gi?", "Ti?", "Pi?"))),
        _above_zero("E", 1),
        _above_zero("Ei", 1, "1-7"),
        *(_above_zero(rf"[eE]\+?0?{power}", 18 - power) for power in range(18)),
    ]
)
_BYTES = f"({_above_zero('', 18)}|{_LARGE})"
_ANY = f"({_above_zero('([num]|[eE]-[0-9]{1,2})?', 18)}|{_LARGE})"
"""Amounts up to 2^63 - 1, the maximum of the API, which it silently takes for larger ones."""
_ZERO = r"0+(\.0*)?([numkMGTPE]|[KMGTPE]i)?"
EXACT = 2**53 - 1
"""Largest number that Helm reads exactly from a file: it keeps numbers in 64 bits of floating point."""
INTEGER: Json = {"type": "integer", "minimum": -EXACT, "maximum": EXACT}


def _amount(kind: str, pattern: str, least: float) -> Json:
    """Return the schema of an amount: a text, or a number without a unit."""
    return {"type": ["string", kind], "maxLength": 40, "pattern": f"^{pattern}$", "minimum": least, "maximum": EXACT}


QUANTITY: Json = _amount("number", _ANY, 0.001)
"""An amount in the format of the Kubernetes API, such as cores."""
BYTES: Json = _amount("integer", _ANY, 1024)
"""An amount of memory or disk; as in the model, a number below 1 KiB lacks its unit."""
SIZE: Json = _amount("integer", _BYTES, 1024)
"""An amount of disk."""
_COUNT: Json = _amount("integer", _ANY, 1)
"""A number of devices."""
PERCENT: Json = {"type": "integer", "minimum": 1, "maximum": 100}
DURATION: Json = {"type": "integer", "minimum": 0, "maximum": 86400}

LABEL_KEY, LABEL_VALUE = of(kubernetes.LabelKey), of(kubernetes.LabelValue)
_OF_CONTROLLERS = "|".join(re.escape(label) for label in kubernetes.CONTROLLER_LABELS)
LABELS = mapping(but_not(LABEL_KEY, r"^(app\.kubernetes\.io|helm\.sh)/", f"^({_OF_CONTROLLERS})$"), LABEL_VALUE)
"""Labels; those that selectors use are refused."""
NODE_SELECTOR = mapping(LABEL_KEY, LABEL_VALUE)
PRINTABLE: Json = {"type": "string", "pattern": r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"}
"""Text without control characters: Helm's ``toYaml`` silently drops a mapping with one."""
ANNOTATIONS = mapping(but_not(of(kubernetes.AnnotationKey), "^checksum/"), PRINTABLE)

_OF_CONTAINERS: Json = {"cpu": QUANTITY, "memory": BYTES, "ephemeral-storage": BYTES}
_AMOUNTS: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": _OF_CONTAINERS,
    # The second one is a prefix of resources in a ResourceQuota.
    "patternProperties": {of(ExtendedResource)["pattern"]: _COUNT, r"^requests\.": False},
}
RESOURCES = closed(limits=_AMOUNTS, requests=_AMOUNTS)

_RATIO: Json = {**_amount("number", r"[1-9][0-9]*(\.[0-9]+)?", 1), "maxLength": 9}
_OF_RANGE: Json = {
    "max": closed(**_OF_CONTAINERS),
    "maxLimitRequestRatio": closed(**dict.fromkeys(_OF_CONTAINERS, _RATIO)),
    "min": closed(**_OF_CONTAINERS),
}
_STORAGE = closed(("storage",), storage=BYTES)
LIMITS = list_of(
    one_of(
        closed(
            ("type",),
            **_OF_RANGE,
            default=closed(**_OF_CONTAINERS),
            defaultRequest=closed(**_OF_CONTAINERS),
            type={"const": "Container"},
        ),
        closed(("type",), **_OF_RANGE, type={"const": "Pod"}),
        {**closed(("type",), max=_STORAGE, min=_STORAGE, type={"const": "PersistentVolumeClaim"}), "minProperties": 2},
    ),
    minItems=1,
)
"""The ``limits`` of a LimitRange. Only containers have defaults, and a volume claim has nothing but storage
(https://kubernetes.io/docs/concepts/policy/limit-range/).
"""
_WHOLE: Json = _amount("integer", f"({_ZERO}|0*[1-9][0-9]{{0,17}}|{_LARGE})", 0)
_LIMITED: Json = _amount("number", f"({_ZERO}|{_ANY})", 0)
QUOTA: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(COUNTED, _WHOLE),
        **dict.fromkeys(MEASURED, _LIMITED),
    },
    # Objects of any kind, such as count/jobs.batch, and extended resources.
    "patternProperties": {rf"^({SUBDOMAIN}/{NAME_OF_KEY}|(requests\.)?{HUGE_PAGES})$": _LIMITED},
}
"""The ``hard`` of a ResourceQuota."""

_EFFECT: Json = {"enum": ["NoSchedule", "PreferNoSchedule", "NoExecute"]}
_EVICTED: Json = {
    "effect": {"const": "NoExecute"},
    "tolerationSeconds": {"type": "integer", "minimum": 0, "maximum": 86400},
}
_EQUAL: Json = {"key": LABEL_KEY, "operator": {"const": "Equal"}, "value": LABEL_VALUE}
_EXISTS: Json = {"key": LABEL_KEY, "operator": {"const": "Exists"}}
TOLERATIONS = list_of(
    one_of(
        closed(("key",), **_EQUAL, effect=_EFFECT),
        closed(("operator",), **_EXISTS, effect=_EFFECT),
        closed(("effect", "key", "tolerationSeconds"), **_EQUAL, **_EVICTED),
        closed(("effect", "operator", "tolerationSeconds"), **_EXISTS, **_EVICTED),
    )
)
"""A toleration without a key is one of every taint, and has no value; only eviction can be put off."""

_IN = closed(
    ("key", "operator", "values"),
    key=LABEL_KEY,
    operator={"enum": [*WITH_VALUES]},
    values=list_of(LABEL_VALUE, minItems=1),
)
_THERE = closed(("key", "operator"), key=LABEL_KEY, operator={"enum": [*WITHOUT_VALUES]})
_COMPARED = closed(
    ("key", "operator", "values"),
    key=LABEL_KEY,
    operator={"enum": [*COMPARING]},
    values=list_of({"type": "string", "pattern": "^-?[0-9]{1,18}$"}, minItems=1, maxItems=1),
)
_NODE_NAME = closed(
    ("key", "operator", "values"),
    key={"const": "metadata.name"},
    operator={"enum": [*WITH_VALUES]},
    values=list_of(OBJECT_NAME, minItems=1, maxItems=1),
)
SELECTOR = closed(matchLabels=NODE_SELECTOR, matchExpressions=list_of(one_of(_IN, _THERE)))

_POD_TERM = closed(
    ("topologyKey",),
    labelSelector=SELECTOR,
    namespaceSelector=SELECTOR,
    namespaces=list_of(DNS_LABEL),
    topologyKey=LABEL_KEY,
)
_WEIGHT: Json = {"type": "integer", **WEIGHT.keywords}
_POD_AFFINITY = closed(
    **{
        REQUIRED: list_of(_POD_TERM),
        PREFERRED: list_of(closed(("podAffinityTerm", "weight"), podAffinityTerm=_POD_TERM, weight=_WEIGHT)),
    }
)
_NODE_TERM = closed(matchExpressions=list_of(one_of(_IN, _THERE, _COMPARED)), matchFields=list_of(_NODE_NAME))
_NODE_AFFINITY = closed(
    **{
        REQUIRED: closed(("nodeSelectorTerms",), nodeSelectorTerms=list_of(_NODE_TERM, minItems=1)),
        PREFERRED: list_of(closed(("preference", "weight"), preference=_NODE_TERM, weight=_WEIGHT)),
    }
)
AFFINITY = closed(nodeAffinity=_NODE_AFFINITY, podAffinity=_POD_AFFINITY, podAntiAffinity=_POD_AFFINITY)

_SPREAD: Json = {
    "labelSelector": SELECTOR,
    "matchLabelKeys": list_of(LABEL_KEY),
    "maxSkew": {"type": "integer", "minimum": 1, "maximum": 100},
    "nodeAffinityPolicy": {"enum": ["Honor", "Ignore"]},
    "nodeTaintsPolicy": {"enum": ["Honor", "Ignore"]},
    "topologyKey": LABEL_KEY,
}
_SPREAD_KEYS = ("maxSkew", "topologyKey", "whenUnsatisfiable")
TOPOLOGY_SPREAD = list_of(
    one_of(
        *(
            {
                **closed(_SPREAD_KEYS, **_SPREAD, **more, whenUnsatisfiable={"const": otherwise}),
                "dependencies": {"matchLabelKeys": ["labelSelector"]},
            }
            for otherwise, more in (
                ("DoNotSchedule", {"minDomains": {"type": "integer", "minimum": 1, "maximum": 100}}),
                ("ScheduleAnyway", {}),
            )
        )
    )
)

_KEY_REFERENCE = closed(("key", "name"), key=of(kubernetes.DataKey), name=OBJECT_NAME, optional=BOOLEAN)
_CPU = {"enum": ["limits.cpu", "requests.cpu"]}
VALUE_FROM = closed(
    configMapKeyRef=_KEY_REFERENCE,
    fieldRef=closed(("fieldPath",), apiVersion={"const": "v1"}, fieldPath=of(kubernetes.PodField)),
    resourceFieldRef=one_of(
        closed(("resource",), containerName=NAMESPACE, divisor={"enum": [*DIVISORS["cpu"]]}, resource=_CPU),
        closed(
            ("resource",),
            containerName=NAMESPACE,
            divisor={"enum": [*DIVISORS["memory"]]},
            resource=but_not(of(kubernetes.ContainerResource), r"\.cpu$"),
        ),
    ),
    secretKeyRef=_KEY_REFERENCE,
)
EXTRA_ENV = list_of(
    not_both(
        closed(
            ("name",),
            name={"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_]{0,100}$"},
            value=PRINTABLE,
            valueFrom=exactly_one(VALUE_FROM, *VALUE_FROM["properties"]),
        ),
        "value",
        "valueFrom",
    )
)

_MODE: Json = {"type": "integer", "minimum": 0, "maximum": 511}
_FILES = list_of(
    closed(("key", "path"), key=of(kubernetes.DataKey), path={**TEXT, **of(kubernetes.VolumeFile)}, mode=_MODE)
)
VOLUME_SOURCES: Json = {
    "configMap": closed(("name",), name=OBJECT_NAME, items=_FILES, defaultMode=_MODE, optional=BOOLEAN),
    "csi": closed(("driver",), driver={**OBJECT_NAME, "maxLength": 63}, readOnly=BOOLEAN, volumeAttributes=ANNOTATIONS),
    "emptyDir": closed(medium={"enum": ["", "Memory"]}, sizeLimit=BYTES),
    "persistentVolumeClaim": closed(("claimName",), claimName=OBJECT_NAME, readOnly=BOOLEAN),
    "secret": closed(("secretName",), secretName=OBJECT_NAME, items=_FILES, defaultMode=_MODE, optional=BOOLEAN),
}
"""Volume types that Pod Security Standards *restricted* allows."""
EXTRA_VOLUMES = list_of(exactly_one(closed(("name",), name=DNS_LABEL, **VOLUME_SOURCES), *VOLUME_SOURCES))
EXTRA_MOUNTS = list_of(
    closed(
        ("mountPath", "name"),
        name=DNS_LABEL,
        mountPath={**of(kubernetes.MountPath), "pattern": r"^(/[^:/\x00-\x1f\x7f-\x9f]+)+/?$"},
        readOnly=BOOLEAN,
        subPath={**TEXT, **of(kubernetes.SubPath)},
    )
)

PULL_SECRETS = list_of(closed(("name",), name=OBJECT_NAME))

PORT = of(PortNumber)
PORT_NAME = of(kubernetes.PortName)
PORT_OR_NAME = one_of(PORT, PORT_NAME)
COMMAND = list_of(PRINTABLE, minItems=1)
HTTP_GET = closed(("port",), path=TEXT, port=PORT_OR_NAME, scheme={"enum": ["HTTP", "HTTPS"]})
CHECKED = exactly_one(
    closed(
        exec=closed(("command",), command=COMMAND),
        failureThreshold={"type": "integer", "minimum": 1, "maximum": 1000},
        grpc=closed(("port",), port=PORT, service=TEXT),
        httpGet=HTTP_GET,
        initialDelaySeconds=DURATION,
        periodSeconds={"type": "integer", "minimum": 1, "maximum": 3600},
        successThreshold={"type": "integer", "minimum": 1, "maximum": 1},
        tcpSocket=closed(("port",), port=PORT_OR_NAME),
        timeoutSeconds={"type": "integer", "minimum": 1, "maximum": 3600},
    ),
    *CHECKS,
)
"""A probe."""
PROBE = may_be_empty(CHECKED)

REGISTRY: Json = {"type": "string", "maxLength": 253, "pattern": r"^([A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*)?$"}
REPOSITORY: Json = {"type": "string", "maxLength": 253, "pattern": r"^[a-z0-9]+([._/-]+[a-z0-9]+)*$"}
TAG: Json = {"type": "string", "pattern": r"^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$"}
"""The version of the system, which must be a valid label value."""
IMAGE_TAG: Json = {"type": "string", "pattern": r"^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$"}
"""The tag of an image."""
DIGEST: Json = {"type": "string", "pattern": r"^(sha256:[0-9a-f]{64})?$"}
