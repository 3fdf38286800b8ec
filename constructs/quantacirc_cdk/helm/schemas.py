"""JSON Schemas (draft 7) of common types of values."""

from typing import Any

from quantacirc_cdk.limits.kubernetes import LONGEST_PATH, NORMALIZED_PATH, URL_PATH

Json = dict[str, Any]

BOOLEAN: Json = {"type": "boolean"}
TEXT: Json = {"type": "string", "maxLength": 253, "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$"}
NAME: Json = {"type": "string", "maxLength": 253, "pattern": r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$"}
"""The name of an object; can be empty."""
_ABOVE_ZERO = r"([0-9]*[1-9][0-9]*(\.[0-9]*)?|[0-9]*\.[0-9]*[1-9][0-9]*)"
_BYTES = r"([KMGTPE]i|[kMGTPE]|[eE]\+?[0-9]{1,2})?"
_ANY = r"([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?"
EXACT = 2**53 - 1
"""Largest number that Helm reads exactly from a file: it keeps numbers in 64 bits of floating point."""
INTEGER: Json = {"type": "integer", "minimum": -EXACT, "maximum": EXACT}


def _amount(kind: str, pattern: str, least: float) -> Json:
    """Return the schema of an amount: a text, or a number without a unit."""
    return {"type": ["string", kind], "maxLength": 40, "pattern": f"^{pattern}$", "minimum": least, "maximum": EXACT}


QUANTITY: Json = _amount("number", f"{_ABOVE_ZERO}{_ANY}", 0.001)
"""An amount in the format of the Kubernetes API, such as cores."""
BYTES: Json = _amount("integer", f"{_ABOVE_ZERO}{_ANY}", 1024)
"""An amount of memory or disk; as in the model, a number below 1 KiB lacks its unit."""
SIZE: Json = _amount("integer", f"{_ABOVE_ZERO}{_BYTES}", 1024)
"""An amount of disk."""
_COUNT: Json = _amount("integer", f"{_ABOVE_ZERO}{_ANY}", 1)
"""A number of devices."""
PERCENT: Json = {"type": "integer", "minimum": 1, "maximum": 100}
DURATION: Json = {"type": "integer", "minimum": 0, "maximum": 86400}

_NAME = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
LABEL_KEY = rf"^([a-z0-9]([-a-z0-9.]{{0,61}}[a-z0-9])?/)?{_NAME}$"
ANNOTATION_KEY = rf"^([A-Za-z0-9]([-A-Za-z0-9.]{{0,61}}[A-Za-z0-9])?/)?{_NAME}$"
"""Like a label key, but the API also accepts upper case before the slash."""
LABEL_VALUE = r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$"

LABELS: Json = {
    "type": "object",
    "propertyNames": {"pattern": LABEL_KEY, "not": {"pattern": r"^(app\.kubernetes\.io|helm\.sh)/"}},
    "additionalProperties": {"type": "string", "pattern": LABEL_VALUE},
}
"""Labels; those that selectors use are refused."""
NODE_SELECTOR: Json = {
    "type": "object",
    "propertyNames": {"pattern": LABEL_KEY},
    "additionalProperties": {"type": "string", "pattern": LABEL_VALUE},
}
PRINTABLE: Json = {"type": "string", "pattern": r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"}
"""Text without control characters: Helm's ``toYaml`` silently drops a mapping with one."""
ANNOTATIONS: Json = {
    "type": "object",
    "propertyNames": {"pattern": ANNOTATION_KEY, "not": {"pattern": "^checksum/"}},
    "additionalProperties": PRINTABLE,
}


def closed(required: tuple[str, ...] = (), /, **properties: Any) -> Json:
    """Return the schema of a mapping with exactly these optional and required keys."""
    found: Json = {"type": "object", "additionalProperties": False, "properties": properties}
    if required:
        found["required"] = list(required)
    return found


def list_of(items: Json) -> Json:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def may_be_empty(schema: Json) -> Json:
    """Return a schema that also accepts an empty mapping, list or string, which means that nothing is set."""
    kinds = schema["type"]
    kind = kinds if isinstance(kinds, str) else kinds[0]
    nothing: Json = {"object": {"maxProperties": 0}, "array": {"maxItems": 0}, "string": {"maxLength": 0}}[kind]
    return {"type": kinds, "anyOf": [{"type": kind, **nothing}, schema]}


_AMOUNTS: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"cpu": QUANTITY, "memory": BYTES, "ephemeral-storage": BYTES},
    # Extended resources, such as nvidia.com/gpu.
    "patternProperties": {r"^([a-z0-9][-a-z0-9.]*/[A-Za-z0-9][-A-Za-z0-9_.]*|hugepages-[0-9A-Za-z]+)$": _COUNT},
}
RESOURCES = closed(limits=_AMOUNTS, requests=_AMOUNTS)

_LIMIT: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"cpu": QUANTITY, "memory": BYTES, "ephemeral-storage": BYTES, "storage": BYTES},
}
LIMITS: Json = {
    **list_of(
        closed(
            ("type",),
            default=_LIMIT,
            defaultRequest=_LIMIT,
            max=_LIMIT,
            maxLimitRequestRatio={**_LIMIT, "properties": dict.fromkeys(_LIMIT["properties"], QUANTITY)},
            min=_LIMIT,
            type={"enum": ["Container", "PersistentVolumeClaim", "Pod"]},
        )
    ),
    "minItems": 1,
}
"""The ``limits`` of a LimitRange."""
QUOTA: Json = {
    "type": "object",
    "propertyNames": {"pattern": r"^[A-Za-z0-9][-A-Za-z0-9_./]{0,316}$"},
    "additionalProperties": _amount("number", f"(0|{_ABOVE_ZERO}){_ANY}", 0),
}
"""The ``hard`` of a ResourceQuota."""

TOLERATIONS = list_of(
    closed(
        key={"type": "string", "pattern": LABEL_KEY},
        operator={"enum": ["Exists", "Equal"]},
        value={"type": "string", "pattern": LABEL_VALUE},
        effect={"enum": ["NoSchedule", "PreferNoSchedule", "NoExecute"]},
        tolerationSeconds={"type": "integer", "minimum": 0, "maximum": 86400},
    )
)

_EXPRESSION = closed(
    ("key", "operator"),
    key={"type": "string", "pattern": LABEL_KEY},
    operator={"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
    values=list_of({"type": "string", "pattern": LABEL_VALUE}),
)
_NODE_EXPRESSION = closed(
    ("key", "operator"),
    **_EXPRESSION["properties"] | {"operator": {"enum": ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]}},
)
SELECTOR = closed(matchLabels=NODE_SELECTOR, matchExpressions=list_of(_EXPRESSION))

_POD_TERM = closed(
    ("topologyKey",),
    labelSelector=SELECTOR,
    namespaceSelector=SELECTOR,
    namespaces=list_of(NAME),
    topologyKey={"type": "string", "pattern": LABEL_KEY},
)
_WEIGHT: Json = {"type": "integer", "minimum": 1, "maximum": 100}
_POD_AFFINITY = closed(
    requiredDuringSchedulingIgnoredDuringExecution=list_of(_POD_TERM),
    preferredDuringSchedulingIgnoredDuringExecution=list_of(
        closed(("podAffinityTerm", "weight"), podAffinityTerm=_POD_TERM, weight=_WEIGHT)
    ),
)
_NODE_TERM = closed(matchExpressions=list_of(_NODE_EXPRESSION), matchFields=list_of(_NODE_EXPRESSION))
AFFINITY = closed(
    nodeAffinity=closed(
        requiredDuringSchedulingIgnoredDuringExecution=closed(
            ("nodeSelectorTerms",), nodeSelectorTerms={**list_of(_NODE_TERM), "minItems": 1}
        ),
        preferredDuringSchedulingIgnoredDuringExecution=list_of(
            closed(("preference", "weight"), preference=_NODE_TERM, weight=_WEIGHT)
        ),
    ),
    podAffinity=_POD_AFFINITY,
    podAntiAffinity=_POD_AFFINITY,
)

TOPOLOGY_SPREAD = list_of(
    closed(
        ("maxSkew", "topologyKey", "whenUnsatisfiable"),
        labelSelector=SELECTOR,
        matchLabelKeys=list_of({"type": "string", "pattern": LABEL_KEY}),
        maxSkew={"type": "integer", "minimum": 1, "maximum": 100},
        minDomains={"type": "integer", "minimum": 1, "maximum": 100},
        nodeAffinityPolicy={"enum": ["Honor", "Ignore"]},
        nodeTaintsPolicy={"enum": ["Honor", "Ignore"]},
        topologyKey={"type": "string", "pattern": LABEL_KEY},
        whenUnsatisfiable={"enum": ["DoNotSchedule", "ScheduleAnyway"]},
    )
)

_KEY_REFERENCE = closed(("key", "name"), key=TEXT, name=NAME, optional=BOOLEAN)
EXTRA_ENV = list_of(
    closed(
        ("name",),
        name={"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_]{0,100}$"},
        value=PRINTABLE,
        valueFrom=closed(
            configMapKeyRef=_KEY_REFERENCE,
            fieldRef=closed(("fieldPath",), apiVersion={"const": "v1"}, fieldPath=TEXT),
            resourceFieldRef=closed(("resource",), containerName=NAME, divisor=QUANTITY, resource=TEXT),
            secretKeyRef=_KEY_REFERENCE,
        ),
    )
)

_VOLUME_NAME: Json = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"}
_MODE: Json = {"type": "integer", "minimum": 0, "maximum": 511}
_FILES = list_of(closed(("key", "path"), key=TEXT, path=TEXT, mode=_MODE))
EXTRA_VOLUMES = list_of(
    closed(
        ("name",),
        name=_VOLUME_NAME,
        configMap=closed(("name",), name=NAME, items=_FILES, defaultMode=_MODE, optional=BOOLEAN),
        csi=closed(("driver",), driver=TEXT, readOnly=BOOLEAN, volumeAttributes=ANNOTATIONS),
        emptyDir=closed(medium={"enum": ["", "Memory"]}, sizeLimit=BYTES),
        persistentVolumeClaim=closed(("claimName",), claimName=NAME, readOnly=BOOLEAN),
        secret=closed(("secretName",), secretName=NAME, items=_FILES, defaultMode=_MODE, optional=BOOLEAN),
    )
)
"""Volume types that Pod Security Standards *restricted* allows."""
EXTRA_MOUNTS = list_of(
    closed(
        ("mountPath", "name"),
        name=_VOLUME_NAME,
        mountPath={"type": "string", "pattern": r"^/[^:\x00-\x1f\x7f-\x9f]*$"},
        readOnly=BOOLEAN,
        subPath=TEXT,
    )
)

PULL_SECRETS = list_of(closed(("name",), name=NAME))

PORT: Json = {"type": "integer", "minimum": 1, "maximum": 65535}
PORT_OR_NAME: Json = {"anyOf": [PORT, {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$"}]}
PROBE = may_be_empty(
    closed(
        exec=closed(command=list_of(PRINTABLE)),
        failureThreshold={"type": "integer", "minimum": 1, "maximum": 1000},
        grpc=closed(("port",), port=PORT, service=TEXT),
        httpGet=closed(("port",), path=TEXT, port=PORT_OR_NAME, scheme={"enum": ["HTTP", "HTTPS"]}),
        initialDelaySeconds=DURATION,
        periodSeconds={"type": "integer", "minimum": 1, "maximum": 3600},
        successThreshold={"type": "integer", "minimum": 1, "maximum": 1},
        tcpSocket=closed(("port",), port=PORT_OR_NAME),
        timeoutSeconds={"type": "integer", "minimum": 1, "maximum": 3600},
    )
)

_BLOCK = closed(
    ("cidr",),
    cidr={"type": "string", "pattern": r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"},
)
_BLOCK["properties"]["except"] = list_of({"type": "string", "pattern": r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"})
PEERS = list_of(closed(ipBlock=_BLOCK, namespaceSelector=SELECTOR, podSelector=SELECTOR))
_PORTS = list_of(closed(port=PORT_OR_NAME, endPort=PORT, protocol={"enum": ["TCP", "UDP", "SCTP"]}))
INGRESS_RULES = list_of({**closed(), "properties": {"from": PEERS, "ports": _PORTS}})
EGRESS_RULES = list_of(closed(ports=_PORTS, to=PEERS))

HOST: Json = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"}
OBJECT_NAME: Json = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]{0,200}[a-z0-9])?$"}
_BACKEND = closed(
    ("name", "port"),
    name=OBJECT_NAME,
    port={"anyOf": [closed(("name",), name=OBJECT_NAME), closed(("number",), number=PORT)]},
)
ROUTE_PATH: Json = {
    "type": "string",
    "maxLength": LONGEST_PATH,
    "pattern": f"^{URL_PATH.pattern}$",
    "not": {"pattern": NORMALIZED_PATH.pattern},
}
"""Path of a route, as the model takes it."""
_PATH = closed(
    ("backend", "path", "pathType"),
    backend=closed(("service",), service=_BACKEND),
    path=ROUTE_PATH,
    pathType={"enum": ["Exact", "Prefix"]},
)
ROUTE_HOST: Json = {"type": "string", "pattern": r"^(\*\.)?[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"}
"""Host of a route, as the model takes it."""
INGRESS_HOSTS = list_of(closed(("host", "http"), host=ROUTE_HOST, http=closed(("paths",), paths=list_of(_PATH))))
"""Additional ``rules`` of an Ingress."""
INGRESS_TLS = list_of(closed(("hosts", "secretName"), hosts=list_of(ROUTE_HOST), secretName=OBJECT_NAME))

REGISTRY: Json = {"type": "string", "maxLength": 253, "pattern": r"^([A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*)?$"}
REPOSITORY: Json = {"type": "string", "maxLength": 253, "pattern": r"^[a-z0-9]+([._/-]+[a-z0-9]+)*$"}
TAG: Json = {"type": "string", "pattern": r"^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$"}
"""The version of the system, which must be a valid label value."""
IMAGE_TAG: Json = {"type": "string", "pattern": r"^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$"}
"""The tag of an image."""
DIGEST: Json = {"type": "string", "pattern": r"^(sha256:[0-9a-f]{64})?$"}
