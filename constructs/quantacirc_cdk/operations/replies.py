"""Parse and validate the output of kubectl, helm and the bus, as far as it is used here.

A validated response contains the types below, or lacks the fields; everything else in it is ignored.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, NotRequired

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from quantacirc_cdk.limits.rule import INT32
from quantacirc_cdk.model.problems import dotted
from quantacirc_cdk.reading import parse_json

Json = dict[str, Any]


class ReplyError(ValueError):
    """A response does not have the expected form."""


def parse_time(text: str) -> datetime:
    """Parse a time of the API."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _time(text: str) -> str:
    try:
        parse_time(text)
    except (ValueError, OverflowError):
        raise ValueError("a time in RFC 3339") from None
    return text


Time = Annotated[str, AfterValidator(_time)]
Labels = dict[str, str] | None
Quantities = dict[str, str] | None


class _Owner(TypedDict):
    uid: str
    kind: NotRequired[str]


class _Metadata(TypedDict):
    name: str
    namespace: NotRequired[str]
    uid: NotRequired[str]
    resourceVersion: NotRequired[str]
    generation: NotRequired[int]
    labels: NotRequired[Labels]
    annotations: NotRequired[Labels]
    ownerReferences: NotRequired[list[_Owner] | None]
    creationTimestamp: NotRequired[str | None]
    deletionTimestamp: NotRequired[str | None]


class _Condition(TypedDict):
    type: str
    status: str
    reason: NotRequired[str | None]
    message: NotRequired[str | None]


class _Object(TypedDict):
    """Any object."""

    kind: str
    metadata: _Metadata


class _Selector(TypedDict, total=False):
    matchLabels: Labels


class _TemplateMetadata(TypedDict, total=False):
    labels: Labels


class _Template(TypedDict):
    metadata: _TemplateMetadata


class _RollingUpdate(TypedDict, total=False):
    partition: int | None


class _UpdateStrategy(TypedDict, total=False):
    type: str
    rollingUpdate: _RollingUpdate | None


class _WorkloadSpec(TypedDict):
    template: _Template
    selector: NotRequired[_Selector]
    replicas: NotRequired[int]
    updateStrategy: NotRequired[_UpdateStrategy | None]


class _WorkloadStatus(TypedDict, total=False):
    observedGeneration: int
    replicas: int
    updatedReplicas: int
    readyReplicas: int
    availableReplicas: int
    desiredNumberScheduled: int
    currentNumberScheduled: int
    updatedNumberScheduled: int
    numberReady: int
    numberAvailable: int
    conditions: list[_Condition] | None


class _Workload(_Object):
    spec: _WorkloadSpec
    status: NotRequired[_WorkloadStatus | None]


class _WorkloadReference(TypedDict, total=False):
    kind: str
    name: str


class _Canary(TypedDict, total=False):
    steps: list[Any] | None


class _RolloutStrategy(TypedDict, total=False):
    canary: _Canary | None


class _RolloutSpec(TypedDict):
    selector: _Selector
    strategy: _RolloutStrategy
    workloadRef: NotRequired[_WorkloadReference]
    replicas: NotRequired[int]


class _RolloutStatus(TypedDict, total=False):
    phase: str
    message: str
    observedGeneration: str
    workloadObservedGeneration: str
    currentStepIndex: int | None
    updatedReplicas: int
    readyReplicas: int


class _Rollout(_Object):
    spec: _RolloutSpec
    status: NotRequired[_RolloutStatus | None]


class _Waiting(TypedDict, total=False):
    reason: str | None
    message: str | None


class _Terminated(TypedDict, total=False):
    reason: str | None
    finishedAt: Time | None


class _ContainerState(TypedDict, total=False):
    waiting: _Waiting | None
    terminated: _Terminated | None


class _ContainerStatus(TypedDict):
    name: str
    restartCount: NotRequired[int]
    state: NotRequired[_ContainerState | None]
    lastState: NotRequired[_ContainerState | None]


class _Resources(TypedDict, total=False):
    requests: dict[str, str]
    limits: dict[str, str]


class _Container(TypedDict):
    name: str
    resources: NotRequired[_Resources]


class _PodSpec(TypedDict):
    containers: list[_Container]
    initContainers: NotRequired[list[_Container]]


class _PodStatus(TypedDict, total=False):
    phase: str
    reason: str | None
    conditions: list[_Condition] | None
    containerStatuses: list[_ContainerStatus] | None
    initContainerStatuses: list[_ContainerStatus] | None


class _Pod(_Object):
    spec: _PodSpec
    status: NotRequired[_PodStatus | None]


class _JobStatus(TypedDict, total=False):
    conditions: list[_Condition] | None
    completionTime: str | None
    lastScheduleTime: Time | None
    lastSuccessfulTime: Time | None
    startTime: Time | None


class _JobSpec(TypedDict, total=False):
    schedule: str
    startingDeadlineSeconds: int | None
    suspend: bool | None
    timeZone: str | None


class _Job(_Object):
    spec: _JobSpec
    status: NotRequired[_JobStatus | None]


class _Involved(TypedDict, total=False):
    uid: str | None


class _Series(TypedDict, total=False):
    lastObservedTime: str | None


class _Event(_Object):
    involvedObject: NotRequired[_Involved | None]
    message: NotRequired[str | None]
    series: NotRequired[_Series | None]
    lastTimestamp: NotRequired[str | None]
    eventTime: NotRequired[str | None]


class _ServiceSpec(TypedDict, total=False):
    selector: Labels


class _Service(_Object):
    spec: _ServiceSpec


class _EndpointConditions(TypedDict, total=False):
    ready: bool | None


class _Endpoint(TypedDict, total=False):
    addresses: list[str] | None
    conditions: _EndpointConditions | None


class _EndpointSlice(_Object):
    endpoints: NotRequired[list[_Endpoint] | None]


class _LeaseSpec(TypedDict, total=False):
    holderIdentity: str | None
    acquireTime: Time | None
    leaseDurationSeconds: Annotated[int, Field(ge=0, le=INT32)]


class _Lease(_Object):
    spec: _LeaseSpec


class _ConfigMap(_Object):
    data: NotRequired[Labels]


class _QuotaSpec(TypedDict, total=False):
    hard: Quantities
    scopes: list[str] | None


class _QuotaStatus(TypedDict, total=False):
    used: Quantities


class _Quota(_Object):
    spec: _QuotaSpec
    status: NotRequired[_QuotaStatus | None]


class _Limit(TypedDict, total=False):
    type: str
    min: Quantities
    max: Quantities
    default: Quantities
    defaultRequest: Quantities
    maxLimitRequestRatio: Quantities


class _LimitRangeSpec(TypedDict):
    limits: list[_Limit]


class _LimitRange(_Object):
    spec: _LimitRangeSpec


class _ClaimRequests(TypedDict):
    storage: str


class _ClaimResources(TypedDict):
    requests: _ClaimRequests


class _ClaimSpec(TypedDict):
    resources: _ClaimResources


class _Claim(_Object):
    spec: _ClaimSpec


class _CertificateStatus(TypedDict, total=False):
    conditions: list[_Condition] | None
    notAfter: Time | None


class _Certificate(_Object):
    status: NotRequired[_CertificateStatus | None]


class _Said(TypedDict, total=False):
    status: str
    message: str | None
    phase: str
    revision: str | None


class _ApplicationStatus(TypedDict, total=False):
    health: _Said | None
    sync: _Said | None
    operationState: _Said | None


class _Application(_Object):
    status: NotRequired[_ApplicationStatus | None]


class _Replica(TypedDict):
    name: str
    current: NotRequired[bool]
    offline: NotRequired[bool]


class _RaftGroup(TypedDict, total=False):
    name: str | None
    leader: str | None
    replicas: list[_Replica] | None


class _Consumer(TypedDict):
    name: str
    cluster: NotRequired[_RaftGroup | None]
    num_pending: NotRequired[int]
    num_ack_pending: NotRequired[int]
    num_redelivered: NotRequired[int]


class _StreamState(TypedDict, total=False):
    messages: int
    bytes: int


class _StreamConfig(TypedDict, total=False):
    max_bytes: int


class _Stream(TypedDict):
    name: str
    cluster: NotRequired[_RaftGroup | None]
    state: NotRequired[_StreamState | None]
    config: NotRequired[_StreamConfig | None]
    consumer_detail: NotRequired[list[_Consumer] | None]


class _Account(TypedDict, total=False):
    stream_detail: list[_Stream] | None


class JetStream(TypedDict, total=False):
    """Response of a server of the bus to ``/jsz`` (https://docs.nats.io/running-a-nats-service/nats_admin/monitoring)."""

    meta_cluster: _RaftGroup | None
    account_details: list[_Account] | None


class Revision(TypedDict):
    """A revision in the output of ``helm history``."""

    revision: int
    status: str
    updated: Time
    description: NotRequired[str]
    app_version: NotRequired[str]


class _Build(TypedDict):
    gitVersion: str


class Versions(TypedDict):
    """Output of ``kubectl version``."""

    clientVersion: _Build
    serverVersion: _Build


class Entry(TypedDict):
    """A line of the deployment log, ``operations.record``."""

    outcome: str
    revision: int | None
    commit: str | None
    by: str
    finished: str
    version: str


class _Items(TypedDict):
    items: list[_Object]


_KINDS: Mapping[str, Any] = {
    "Application": _Application, "Certificate": _Certificate, "ConfigMap": _ConfigMap, "CronJob": _Job,
    "DaemonSet": _Workload, "Deployment": _Workload, "EndpointSlice": _EndpointSlice, "Event": _Event, "Job": _Job,
    "Lease": _Lease, "LimitRange": _LimitRange, "PersistentVolumeClaim": _Claim, "Pod": _Pod, "ResourceQuota": _Quota,
    "Rollout": _Rollout, "Service": _Service, "StatefulSet": _Workload,
}  # fmt: skip
_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def parsed(text: str) -> Any:
    """Parse JSON output. Raises ``ReplyError`` for anything else."""
    try:
        return parse_json(text)
    except ValueError as error:
        raise ReplyError(f"no JSON: {error}") from None


def checked(value: Any, shape: Any) -> Any:
    """Return ``value`` unchanged. Raises ``ReplyError`` if it does not match the shape."""
    if shape not in _ADAPTERS:
        _ADAPTERS[shape] = TypeAdapter(shape)
    try:
        _ADAPTERS[shape].validate_python(value, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ReplyError(f"{dotted(first['loc']) or 'the whole'}: {first['msg']}") from None
    return value


_RESOURCES = {
    "applications.argoproj.io": "Application", "certificates.cert-manager.io": "Certificate",
    "configmap": "ConfigMap", "lease": "Lease", "namespace": "Namespace", "rollouts.argoproj.io": "Rollout",
}  # fmt: skip
"""Kind of a single object, by the resource name for kubectl."""


def checked_object(value: Any, resource: str = "") -> Json:
    """Return an object of the API. Raises ``ReplyError`` if it lacks required fields of its kind.

    ``resource`` is the resource that kubectl was asked for; an object of another kind is refused.
    """
    found: Json = checked(value, _Object)
    if found["kind"] != _RESOURCES.get(resource, found["kind"]):
        raise ReplyError(f"kind: {found['kind']}, expected {_RESOURCES[resource]}")
    if found["kind"] in _KINDS:
        checked(found, _KINDS[found["kind"]])
    return found


def checked_items(value: Any, resource: str = "") -> list[Json]:
    """Return the objects of a list. Raises ``ReplyError`` like ``checked_object``."""
    found: list[Json] = checked(value, _Items)["items"]
    return [checked_object(item, resource) for item in found]
