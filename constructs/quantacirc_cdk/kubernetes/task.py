"""Common parts of jobs: one container that runs to completion."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.kubernetes.config_map import CONFIG_HASH, content_hash, data_refusals
from quantacirc_cdk.kubernetes.container import Container, ContainerOptions, Value, options_of
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.job import JobProps
from quantacirc_cdk.kubernetes.placement import PodOptions, pod_options_of
from quantacirc_cdk.kubernetes.pod import Pod
from quantacirc_cdk.kubernetes.resources import SMALL, Resources
from quantacirc_cdk.kubernetes.volume import Mount, Volume
from quantacirc_cdk.kubernetes.workload import (
    ConfigFiles,
    SecretFiles,
    config_mounts,
    config_volumes,
    secret_mounts,
    secret_volumes,
)
from quantacirc_cdk.limits.check import Refusal, check, too_long
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import (
    LONGEST_NAME,
    AddedLabels,
    Annotations,
    Count,
    ObjectName,
    PositiveSeconds,
    Seconds,
    UserId,
    VariableName,
)

TASK_GRACE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class TaskProps(ContainerOptions, PodOptions):
    """A container that runs to completion."""

    identity: Identity
    image: Image
    """Full reference: ``registry/repository:tag@sha256:digest``."""
    command: Sequence[str] = ()
    """Command in place of the image's entry point."""
    args: Sequence[str] = ()
    """Arguments to the entry point."""
    environment: Mapping[VariableName, str] = field(default_factory=dict)
    """Environment variables, in a ConfigMap."""
    variables: Mapping[VariableName, Value] = field(default_factory=dict)
    """Environment variables from Secrets and pod fields."""
    secrets: Sequence[SecretFiles] = ()
    config_files: Sequence[ConfigFiles] = ()
    volumes: Sequence[Volume] = ()
    mounts: Sequence[Mount] = ()
    init_containers: Sequence[Container] = ()
    """Containers that run to completion before it, in order; they share its ``/tmp``."""
    resources: Resources = SMALL
    user_id: UserId | None = 10001
    """UID and GID of the process; None uses the user of the image, which must be a number."""
    priority_class: ObjectName | None = None
    """Name of its PriorityClass."""
    service_account_annotations: Annotations = field(default_factory=dict)
    """Annotations of its ServiceAccount that bind it to a cloud identity."""
    service_account: ObjectName | None = None
    """Name of an existing ServiceAccount; when absent, one with the identity's name is created."""
    pod_labels: AddedLabels = field(default_factory=dict)
    """Additional labels of the pods."""
    pod_annotations: Annotations = field(default_factory=dict)
    api_token: bool = False
    """Mount a token for the Kubernetes API; only for pods that use the API."""
    retries: Count = 3
    """Number of failed pods that are replaced before the job fails."""
    deadline_seconds: PositiveSeconds | None = 3600
    """Seconds after which the job fails; no deadline for None."""
    parallelism: Count | None = None
    """Pods that run at the same time; one when absent."""
    completions: Count | None = None
    """Pods that must succeed; one when absent."""
    indexed: bool = False
    """Number the pods from 0, as ``JOB_COMPLETION_INDEX``."""
    restart_policy: Literal["Never", "OnFailure"] = "Never"
    """Never creates a new pod after a failure; OnFailure restarts the container in the same pod."""
    termination_grace_seconds: Seconds = TASK_GRACE_SECONDS
    """Seconds between SIGTERM and SIGKILL."""
    keep_seconds: Seconds | None = 86400
    """Seconds to keep a finished job, for its logs."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield settings that the objects of this task cannot have."""
        found = list(data_refusals(self.environment, "environment"))
        if len(self.identity.name) > LONGEST_NAME["CronJob"]:
            found.append(too_long("identity.name", self.identity.name, LONGEST_NAME["CronJob"]))
        yield from found or check(task_job(self))


def task_job(props: TaskProps, *, configuration: Mapping[str, str] | None = None) -> JobProps:
    """Return the job of a task; its name contains a hash of its content if ``configuration`` is given."""
    identity = props.identity
    container = Container(
        **options_of(props),
        name=identity.name,
        image=props.image,
        command=props.command,
        args=props.args,
        environment=props.variables,
        config_maps=[identity.name] if props.environment else [],
        resources=props.resources,
        mounts=[*secret_mounts(props.secrets), *config_mounts(props.config_files), *props.mounts],
    )
    checksum = {CONFIG_HASH: content_hash(props.environment)} if props.environment else {}
    pod = Pod(
        **pod_options_of(props),
        containers=[container],
        init_containers=props.init_containers,
        volumes=[*secret_volumes(props.secrets), *config_volumes(props.config_files), *props.volumes],
        service_account=props.service_account or identity.name,
        mount_token=props.api_token,
        user_id=props.user_id,
        priority_class=props.priority_class,
        restart_policy=props.restart_policy,
        spread=False,
        termination_grace_seconds=props.termination_grace_seconds,
        labels=props.pod_labels,
        annotations={**props.pod_annotations, **checksum},
    )
    return JobProps(
        identity=identity,
        configuration=configuration,
        pod=pod,
        retries=props.retries,
        deadline_seconds=props.deadline_seconds,
        keep_seconds=props.keep_seconds,
        parallelism=props.parallelism,
        completions=props.completions,
        indexed=props.indexed,
    )
