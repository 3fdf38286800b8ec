"""JSON Schemas (draft 7) for the Kubernetes API fields that chart users can override.

They allow what Pod Security Standards *restricted* allows.
"""

from typing import Any

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.schemas import BOOLEAN, TEXT, Json, closed, list_of


def _count(least: int, most: int) -> Json:
    return {"type": "integer", "minimum": least, "maximum": most}


def one_of(*schemas: Json) -> Json:
    """Return the schema of a value that matches one of these."""
    return {"anyOf": list(schemas)}


_DNS_LABEL: Json = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"}
_ADDRESS: Json = {
    "type": "string",
    "pattern": r"^([0-9]{1,3}\.){3}[0-9]{1,3}$|^[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}$",
}
SHARE: Json = one_of(_count(0, 1000), {"type": "string", "pattern": "^(100|[1-9]?[0-9])%$"})
"""A number of pods, or a percentage of them."""
POSITIVE_SHARE: Json = one_of(_count(1, 1000), {"type": "string", "pattern": "^(100|[1-9][0-9]?)%$"})
KEPT_SHARE: Json = one_of(_count(1, 1000), {"type": "string", "pattern": "^[1-9][0-9]?%$"})
"""A number of pods to keep, or a percentage of them that is not all."""
_ID = _count(1, 2**31 - 1)
_SECCOMP = one_of(
    closed(("type",), type={"const": "RuntimeDefault"}),
    closed(("localhostProfile", "type"), type={"const": "Localhost"}, localhostProfile=TEXT),
)
_SELINUX = closed(("level",), level={"type": "string", "pattern": r"^s[0-9]+(:c[0-9]+(,c[0-9]+)*)?$"})

POD_SECURITY = closed(
    ("runAsNonRoot", "seccompProfile"),
    fsGroup=_ID,
    fsGroupChangePolicy={"enum": ["Always", "OnRootMismatch"]},
    runAsGroup=_ID,
    runAsNonRoot={"const": True},
    runAsUser=_ID,
    seLinuxOptions=_SELINUX,
    seccompProfile=_SECCOMP,
    supplementalGroups=list_of(_ID),
)
"""Without ``runAsUser``, ``runAsGroup`` and ``fsGroup``, the cluster chooses them, as OpenShift does."""
CONTAINER_SECURITY = closed(
    ("allowPrivilegeEscalation", "capabilities"),
    allowPrivilegeEscalation={"const": False},
    capabilities=closed(
        ("drop",),
        add=list_of({"const": "NET_BIND_SERVICE"}),
        drop={**list_of({"const": "ALL"}), "minItems": 1, "maxItems": 1},
    ),
    privileged={"const": False},
    readOnlyRootFilesystem=BOOLEAN,
    runAsGroup=_ID,
    runAsNonRoot={"const": True},
    runAsUser=_ID,
    seLinuxOptions=_SELINUX,
    seccompProfile=_SECCOMP,
)

_WORDS = list_of(schemas.PRINTABLE)
_HTTP = closed(("port",), path=TEXT, port=schemas.PORT_OR_NAME, scheme={"enum": ["HTTP", "HTTPS"]})
_HANDLER = one_of(
    closed(("exec",), exec=closed(("command",), command=_WORDS)),
    closed(("httpGet",), httpGet=_HTTP),
)
_LIFECYCLE = closed(postStart=_HANDLER, preStop=_HANDLER)
_SOURCE = closed(("name",), name=schemas.NAME, optional=BOOLEAN)
_PREFIX: Json = {"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_]{0,100}$"}
ENV_FROM = list_of(
    one_of(
        closed(("configMapRef",), configMapRef=_SOURCE, prefix=_PREFIX),
        closed(("secretRef",), prefix=_PREFIX, secretRef=_SOURCE),
    )
)

POD_SPEC = closed(
    dnsConfig=closed(
        nameservers={**list_of(_ADDRESS), "maxItems": 3},
        options=list_of(closed(("name",), name=TEXT, value=TEXT)),
        searches=list_of(schemas.HOST),
    ),
    dnsPolicy={"enum": ["ClusterFirst", "Default", "None"]},
    enableServiceLinks=BOOLEAN,
    hostAliases=list_of(closed(("hostnames", "ip"), hostnames=list_of(schemas.HOST), ip=_ADDRESS)),
    runtimeClassName=_DNS_LABEL,
    schedulerName=_DNS_LABEL,
    securityContext=POD_SECURITY,
    shareProcessNamespace=BOOLEAN,
)
CONTAINER_SPEC = closed(
    args=_WORDS,
    command=_WORDS,
    lifecycle=_LIFECYCLE,
    securityContext=CONTAINER_SECURITY,
    workingDir={"type": "string", "pattern": r"^/[^\x00-\x1f\x7f-\x9f]*$"},
)
EXTRA_CONTAINERS = list_of(
    closed(
        ("image", "name", "securityContext"),
        args=_WORDS,
        command=_WORDS,
        env=schemas.EXTRA_ENV,
        envFrom=ENV_FROM,
        image={"type": "string", "pattern": r"^[A-Za-z0-9][-A-Za-z0-9_./:@]{0,511}$"},
        imagePullPolicy={"enum": ["Always", "IfNotPresent", "Never"]},
        lifecycle=_LIFECYCLE,
        livenessProbe=schemas.PROBE,
        name=_DNS_LABEL,
        ports=list_of(
            closed(
                ("containerPort",),
                containerPort=schemas.PORT,
                name={"type": "string", "pattern": r"^[a-z]([-a-z0-9]{0,13}[a-z0-9])?$"},
                protocol={"enum": ["TCP", "UDP", "SCTP"]},
            )
        ),
        readinessProbe=schemas.PROBE,
        resources=schemas.RESOURCES,
        securityContext=CONTAINER_SECURITY,
        startupProbe=schemas.PROBE,
        volumeMounts=schemas.EXTRA_MOUNTS,
        workingDir=CONTAINER_SPEC["properties"]["workingDir"],
    )
)

_HISTORY = _count(0, 1000)
_SECONDS = _count(0, 86400)
_STRATEGY = one_of(
    closed(("type",), type={"const": "Recreate"}),
    closed(("type",), rollingUpdate=closed(maxSurge=SHARE, maxUnavailable=SHARE), type={"const": "RollingUpdate"}),
)
_ON_DELETE = closed(("type",), type={"const": "OnDelete"})
_KEEP = {"enum": ["Delete", "Retain"]}


def _update(**rolling: Json) -> Json:
    return one_of(_ON_DELETE, closed(("type",), rollingUpdate=closed(**rolling), type={"const": "RollingUpdate"}))


_JOB: dict[str, Json] = {
    "activeDeadlineSeconds": _count(1, 86400 * 7),
    "backoffLimit": _count(0, 100),
    "ttlSecondsAfterFinished": _count(0, 86400 * 30),
}
CRON_JOB_SPEC = closed(
    **_JOB,
    concurrencyPolicy={"enum": ["Allow", "Forbid", "Replace"]},
    failedJobsHistoryLimit=_HISTORY,
    startingDeadlineSeconds=_count(10, 86400),
    successfulJobsHistoryLimit=_HISTORY,
    timeZone={"type": "string", "pattern": r"^[A-Za-z][-A-Za-z0-9_+/]{1,60}$"},
)
DAEMON_SET_SPEC = closed(
    minReadySeconds=_SECONDS,
    revisionHistoryLimit=_HISTORY,
    updateStrategy=_update(maxSurge=SHARE, maxUnavailable=SHARE),
)
DEPLOYMENT_SPEC = closed(
    minReadySeconds=_count(0, 599),
    progressDeadlineSeconds=_count(600, 86400),
    revisionHistoryLimit=_HISTORY,
    strategy=_STRATEGY,
)
JOB_SPEC = closed(**_JOB)
STATEFUL_SET_SPEC = closed(
    minReadySeconds=_SECONDS,
    persistentVolumeClaimRetentionPolicy=closed(whenDeleted=_KEEP, whenScaled=_KEEP),
    revisionHistoryLimit=_HISTORY,
    updateStrategy=_update(maxUnavailable=POSITIVE_SHARE, partition=_HISTORY),
)
WORKLOAD_SPECS: dict[str, Json] = {
    "CronJob": CRON_JOB_SPEC,
    "DaemonSet": DAEMON_SET_SPEC,
    "Deployment": DEPLOYMENT_SPEC,
    "Job": JOB_SPEC,
    "StatefulSet": STATEFUL_SET_SPEC,
}
"""Settable fields of a workload's ``spec``, by its kind; for a CronJob, also those of its Jobs."""
OF_JOB = frozenset(_JOB)
"""Fields in the ``jobTemplate`` of a CronJob."""

SERVICE_SPEC = closed(
    allocateLoadBalancerNodePorts=BOOLEAN,
    externalTrafficPolicy={"enum": ["Cluster", "Local"]},
    internalTrafficPolicy={"enum": ["Cluster", "Local"]},
    ipFamilies={**list_of({"enum": ["IPv4", "IPv6"]}), "maxItems": 2, "uniqueItems": True},
    ipFamilyPolicy={"enum": ["PreferDualStack", "RequireDualStack", "SingleStack"]},
    loadBalancerClass={"type": "string", "pattern": schemas.LABEL_KEY},
    loadBalancerIP=_ADDRESS,
    loadBalancerSourceRanges=list_of({"type": "string", "pattern": r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"}),
    sessionAffinity={"enum": ["ClientIP", "None"]},
    type={"enum": ["ClusterIP", "LoadBalancer", "NodePort"]},
)
NODE_PORT: Json = one_of({"const": 0}, _count(30000, 32767))

_RULES = closed(
    policies=list_of(
        closed(
            ("periodSeconds", "type", "value"),
            periodSeconds=_count(1, 1800),
            type={"enum": ["Percent", "Pods"]},
            value=_count(1, 1000),
        )
    ),
    selectPolicy={"enum": ["Disabled", "Max", "Min"]},
    stabilizationWindowSeconds=_count(0, 3600),
)
BEHAVIOR = closed(scaleDown=_RULES, scaleUp=_RULES)
_TARGET = one_of(
    closed(("averageUtilization", "type"), averageUtilization=_count(1, 1000), type={"const": "Utilization"}),
    closed(("averageValue", "type"), averageValue=schemas.QUANTITY, type={"const": "AverageValue"}),
    closed(("type", "value"), type={"const": "Value"}, value=schemas.QUANTITY),
)
_METRIC = closed(("name",), name=TEXT, selector=schemas.SELECTOR)


def _metric(kind: str, key: str, source: Json) -> Json:
    return closed(("type", key), **{"type": {"const": kind}, key: source})


METRICS = list_of(
    one_of(
        _metric("Resource", "resource", closed(("name", "target"), name=TEXT, target=_TARGET)),
        _metric(
            "ContainerResource",
            "containerResource",
            closed(("container", "name", "target"), container=_DNS_LABEL, name=TEXT, target=_TARGET),
        ),
        _metric("External", "external", closed(("metric", "target"), metric=_METRIC, target=_TARGET)),
        _metric("Pods", "pods", closed(("metric", "target"), metric=_METRIC, target=_TARGET)),
        _metric(
            "Object",
            "object",
            closed(
                ("describedObject", "metric", "target"),
                describedObject=closed(("kind", "name"), apiVersion=TEXT, kind=TEXT, name=schemas.NAME),
                metric=_METRIC,
                target=_TARGET,
            ),
        ),
    )
)
"""The ``metrics`` of a HorizontalPodAutoscaler."""
TRIGGERS = list_of(
    closed(
        ("metadata", "type"),
        authenticationRef=closed(("name",), kind=TEXT, name=schemas.NAME),
        metadata={"type": "object", "additionalProperties": schemas.PRINTABLE},
        metricType={"enum": ["AverageValue", "Utilization", "Value"]},
        name=_DNS_LABEL,
        type={"type": "string", "pattern": "^[a-z][a-z0-9-]{0,40}$"},
    )
)
"""The ``triggers`` of a ScaledObject of KEDA."""

_SPAN: Json = {"type": "string", "pattern": "^[1-9][0-9]{0,3}(ms|s|m)$"}
RELABELINGS = list_of(
    closed(
        action={
            "enum": """drop dropequal hashmod keep keepequal labeldrop labelkeep labelmap lowercase replace
            uppercase""".split()
        },
        modulus=_count(1, 1000),
        regex=schemas.PRINTABLE,
        replacement=schemas.PRINTABLE,
        separator=schemas.PRINTABLE,
        sourceLabels=list_of({"type": "string", "pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"}),
        targetLabel={"type": "string", "pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
    )
)
ENDPOINT = closed(
    honorLabels=BOOLEAN,
    honorTimestamps=BOOLEAN,
    params={"type": "object", "additionalProperties": _WORDS},
    scrapeTimeout=_SPAN,
)
"""Fields of an endpoint of a ServiceMonitor or a PodMonitor."""

ACCESS_MODES: dict[str, Any] = {
    **list_of({"enum": ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]}),
    "minItems": 1,
    "maxItems": 1,
}
EXTRA_PORTS = list_of(
    closed(
        ("name", "port"),
        appProtocol=TEXT,
        name=_DNS_LABEL,
        nodePort=_count(30000, 32767),
        port=schemas.PORT,
        protocol={"enum": ["TCP", "UDP", "SCTP"]},
        targetPort=schemas.PORT_OR_NAME,
    )
)
"""Additional ``ports`` of a Service."""
BY_CLASS: Json = {"type": "object", "additionalProperties": schemas.ANNOTATIONS}
"""Annotations by IngressClass."""
