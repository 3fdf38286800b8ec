"""JSON Schemas (draft 7) for the Kubernetes API fields that chart users can override.

They allow what Pod Security Standards *restricted* allows.
"""

from typing import get_args

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.schema_parts import Json, but_not, closed, list_of, of, one_of
from quantacirc_cdk.helm.schemas import BOOLEAN, OBJECT_NAME, TEXT
from quantacirc_cdk.limits import kubernetes, kubernetes_names, time_zones
from quantacirc_cdk.limits.container_spec import PROBES
from quantacirc_cdk.limits.formats import AddressRange, DnsName
from quantacirc_cdk.limits.pod_spec import NO_PODS


def _count(least: int, most: int) -> Json:
    return {"type": "integer", "minimum": least, "maximum": most}


_DNS_LABEL, _ADDRESS, _HOST = schemas.DNS_LABEL, of(kubernetes.Address), of(DnsName)
_NONE: Json = {"enum": [*NO_PODS]}
"""A number or a percentage that is no pod."""
SHARE: Json = one_of(_count(0, 1000), {"type": "string", "pattern": "^(100|[1-9]?[0-9])%$"})
"""A number of pods, or a percentage of them."""
POSITIVE_SHARE: Json = one_of(_count(1, 1000), {"type": "string", "pattern": "^(100|[1-9][0-9]?)%$"})
KEPT_SHARE: Json = one_of(_count(1, 1000), {"type": "string", "pattern": "^[1-9][0-9]?%$"})
"""A number of pods to keep, or a percentage of them that is not all."""
_ID = _count(1, 2**31 - 1)
_SECCOMP = one_of(
    closed(("type",), type={"const": "RuntimeDefault"}),
    closed(
        ("localhostProfile", "type"), type={"const": "Localhost"}, localhostProfile={**TEXT, **of(kubernetes.SubPath)}
    ),
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
_HANDLER = one_of(
    closed(("exec",), exec=closed(("command",), command=schemas.COMMAND)),
    closed(("httpGet",), httpGet=schemas.HTTP_GET),
)
_LIFECYCLE = closed(postStart=_HANDLER, preStop=_HANDLER)
_SOURCE = closed(("name",), name=OBJECT_NAME, optional=BOOLEAN)
_PREFIX: Json = {"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_]{0,100}$"}
ENV_FROM = list_of(
    one_of(
        closed(("configMapRef",), configMapRef=_SOURCE, prefix=_PREFIX),
        closed(("secretRef",), prefix=_PREFIX, secretRef=_SOURCE),
    )
)

_RESOLVER_OPTION = closed(("name",), name=of(kubernetes_names.ResolverOption), value=of(kubernetes_names.ResolverValue))
SERVERS: Json = {"allOf": [{"required": ["nameservers"], "properties": {"nameservers": {"minItems": 1}}}]}
"""Name servers, without which the API refuses the policy ``None``."""
_SERVERS_NEEDED: Json = {
    "if": {"required": ["dnsPolicy"], "properties": {"dnsPolicy": {"const": "None"}}},
    "then": {"required": ["dnsConfig"], "properties": {"dnsConfig": SERVERS}},
}
POD_SPEC = _SERVERS_NEEDED | closed(
    dnsConfig=closed(
        nameservers=list_of(_ADDRESS, maxItems=kubernetes.NAMESERVERS),
        options=list_of(_RESOLVER_OPTION),
        searches=list_of(_HOST, maxItems=kubernetes.SEARCHES),
    ),
    dnsPolicy={"enum": ["ClusterFirst", "Default", "None"]},
    enableServiceLinks=BOOLEAN,
    hostAliases=list_of(closed(("hostnames", "ip"), hostnames=list_of(_HOST), ip=_ADDRESS)),
    runtimeClassName=_DNS_LABEL,
    schedulerName=_DNS_LABEL,
    securityContext=POD_SECURITY,
    shareProcessNamespace=BOOLEAN,
)
_OVERRIDDEN: Json = {
    "args": _WORDS,
    "command": _WORDS,
    "securityContext": CONTAINER_SECURITY,
    "workingDir": {"type": "string", "pattern": r"^/[^\x00-\x1f\x7f-\x9f]*$"},
}
INIT_CONTAINER_SPEC = closed(**_OVERRIDDEN)
"""Without hooks and probes, which the API refuses of a container that ends before the others start."""
CONTAINER_SPEC = closed(**_OVERRIDDEN, lifecycle=_LIFECYCLE)
_ADDED: Json = {
    **_OVERRIDDEN,
    "env": schemas.EXTRA_ENV,
    "envFrom": ENV_FROM,
    "image": {"type": "string", "pattern": r"^[A-Za-z0-9][-A-Za-z0-9_./:@]{0,511}$"},
    "imagePullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "name": _DNS_LABEL,
    "ports": list_of(
        closed(
            ("containerPort",),
            containerPort=schemas.PORT,
            name=schemas.PORT_NAME,
            protocol={"enum": ["TCP", "UDP", "SCTP"]},
        )
    ),
    "resources": schemas.RESOURCES,
    "volumeMounts": schemas.EXTRA_MOUNTS,
}
_ADDED_KEYS = ("image", "name", "securityContext")
EXTRA_INIT_CONTAINERS = list_of(closed(_ADDED_KEYS, **_ADDED))
EXTRA_CONTAINERS = list_of(
    closed(_ADDED_KEYS, **_ADDED, lifecycle=_LIFECYCLE, **dict.fromkeys(PROBES, schemas.CHECKED))
)

_HISTORY = _count(0, 1000)
_SECONDS = _count(0, 86400)
_STRATEGY = one_of(
    closed(("type",), type={"const": "Recreate"}),
    closed(
        ("type",),
        rollingUpdate=one_of(
            closed(maxSurge=POSITIVE_SHARE, maxUnavailable=SHARE),
            closed(maxSurge=_NONE, maxUnavailable=POSITIVE_SHARE),
        ),
        type={"const": "RollingUpdate"},
    ),
)
_ON_DELETE = closed(("type",), type={"const": "OnDelete"})
_KEEP = {"enum": ["Delete", "Retain"]}


def _update(rolling: Json) -> Json:
    return one_of(_ON_DELETE, closed(("type",), rollingUpdate=rolling, type={"const": "RollingUpdate"}))


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
    timeZone={"enum": sorted(time_zones.names())},
)
DAEMON_SET_SPEC = closed(
    minReadySeconds=_SECONDS,
    revisionHistoryLimit=_HISTORY,
    updateStrategy=_update(
        one_of(
            closed(maxSurge=_NONE, maxUnavailable=POSITIVE_SHARE),
            # The default of `maxUnavailable` is 1, which the API refuses beside a surge.
            closed(("maxSurge", "maxUnavailable"), maxSurge=POSITIVE_SHARE, maxUnavailable=_NONE),
        )
    ),
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
    updateStrategy=_update(closed(maxUnavailable=POSITIVE_SHARE, partition=_HISTORY)),
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
    ipFamilies=list_of({"enum": ["IPv4", "IPv6"]}, maxItems=2, uniqueItems=True),
    ipFamilyPolicy={"enum": ["PreferDualStack", "RequireDualStack", "SingleStack"]},
    loadBalancerClass=schemas.LABEL_KEY,
    loadBalancerIP=_ADDRESS,
    loadBalancerSourceRanges=list_of(of(AddressRange)),
    sessionAffinity={"enum": ["ClientIP", "None"]},
    type={"enum": ["ClusterIP", "LoadBalancer", "NodePort"]},
)
NODE_PORT: Json = one_of({"const": 0}, _count(30000, 32767))

_RULES = closed(
    policies=list_of(
        closed(
            ("periodSeconds", "type", "value"),
            periodSeconds=of(kubernetes.PeriodSeconds),
            type={"enum": ["Percent", "Pods"]},
            value=_count(1, 1000),
        ),
        minItems=1,
    ),
    selectPolicy={"enum": ["Disabled", "Max", "Min"]},
    stabilizationWindowSeconds=of(kubernetes.StabilizationSeconds),
)
BEHAVIOR = closed(scaleDown=_RULES, scaleUp=_RULES)
_UTILIZATION = closed(("averageUtilization", "type"), averageUtilization=_count(1, 1000), type={"const": "Utilization"})
_AVERAGE = closed(("averageValue", "type"), averageValue=schemas.QUANTITY, type={"const": "AverageValue"})
_OF_PODS, _OF_OTHERS = (
    one_of(_UTILIZATION, _AVERAGE),
    one_of(_AVERAGE, closed(("type", "value"), type={"const": "Value"}, value=schemas.QUANTITY)),
)
"""Targets of the resources of pods, and of a metric of something else."""
_RESOURCE: Json = {
    "type": "string",
    "pattern": rf"^({of(kubernetes_names.ExtendedResource)['pattern'][2:-2]}|cpu|ephemeral-storage|memory)$",
}
_METRIC = closed(("name",), name=but_not({**TEXT, "minLength": 1}, r"[/%]|^\.{1,2}$"), selector=schemas.SELECTOR)


def _metric(kind: str, key: str, source: Json) -> Json:
    return closed(("type", key), **{"type": {"const": kind}, key: source})


METRICS = list_of(
    one_of(
        _metric("Resource", "resource", closed(("name", "target"), name=_RESOURCE, target=_OF_PODS)),
        _metric(
            "ContainerResource",
            "containerResource",
            closed(("container", "name", "target"), container=_DNS_LABEL, name=_RESOURCE, target=_OF_PODS),
        ),
        _metric("External", "external", closed(("metric", "target"), metric=_METRIC, target=_OF_OTHERS)),
        _metric("Pods", "pods", closed(("metric", "target"), metric=_METRIC, target=_AVERAGE)),
        _metric(
            "Object",
            "object",
            closed(
                ("describedObject", "metric", "target"),
                describedObject=closed(
                    ("kind", "name"),
                    apiVersion=of(kubernetes_names.ApiVersion),
                    kind=of(kubernetes_names.ObjectKind),
                    name=OBJECT_NAME,
                ),
                metric=_METRIC,
                target=_OF_OTHERS,
            ),
        ),
    )
)
"""The ``metrics`` of a HorizontalPodAutoscaler."""
TRIGGERS = list_of(
    closed(
        ("metadata", "type"),
        authenticationRef=closed(("name",), kind=of(kubernetes_names.ObjectKind), name=OBJECT_NAME),
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

ACCESS_MODES: Json = list_of({"enum": sorted(get_args(kubernetes.AccessMode))}, minItems=1, maxItems=1)
EXTRA_PORTS = list_of(
    closed(
        ("name", "port"),
        appProtocol=schemas.LABEL_KEY,
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
