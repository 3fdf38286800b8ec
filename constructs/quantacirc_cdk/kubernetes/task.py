"""What jobs have in common: one container that runs to its end."""

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
from quantacirc_cdk.limits.check import Refusal, check, describe
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import (
    LONGEST_NAME,
    Annotations,
    Count,
    Labels,
    ObjectName,
    PositiveSeconds,
    Seconds,
    UserId,
    VariableName,
)

TASK_GRACE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class TaskProps(ContainerOptions, PodOptions):
    """One container that runs to its end."""

    identity: Identity
    image: Image
    """Full reference: ``registry/repository:tag@sha256:digest``."""
    command: Sequence[str] = ()
    """Replaces the image's entry point."""
    args: Sequence[str] = ()
    """Arguments of the entry point."""
    environment: Mapping[VariableName, str] = field(default_factory=dict)
    """Configuration, held in a ConfigMap."""
    variables: Mapping[VariableName, Value] = field(default_factory=dict)
    """Environment variables from Secrets and from fields of the pod."""
    secrets: Sequence[SecretFiles] = ()
    config_files: Sequence[ConfigFiles] = ()
    volumes: Sequence[Volume] = ()
    mounts: Sequence[Mount] = ()
    init_containers: Sequence[Container] = ()
    """Containers that run to their end before it, in turn; they share its ``/tmp``."""
    resources: Resources = SMALL
    user_id: UserId | None = 10001
    """User and group the process runs as; None leaves it to the image, which must name a number."""
    priority_class: ObjectName | None = None
    """Name of its PriorityClass."""
    service_account_annotations: Annotations = field(default_factory=dict)
    """What ties its ServiceAccount to a cloud identity."""
    service_account: ObjectName | None = None
    """Name of a ServiceAccount that is there already; one with the identity's name is made when absent."""
    pod_labels: Labels = field(default_factory=dict)
    """Labels of the pods besides the identity's."""
    pod_annotations: Annotations = field(default_factory=dict)
    api_token: bool = False
    """Give the pod a token for the Kubernetes API; only for what calls it."""
    retries: Count = 3
    """Failed pods that are replaced before the job has failed."""
    deadline_seconds: PositiveSeconds | None = 3600
    """Seconds after which the job has failed; never for None."""
    parallelism: Count | None = None
    """Pods at the same time; one when absent."""
    completions: Count | None = None
    """Pods that must succeed; one when absent."""
    indexed: bool = False
    """Number the pods, from 0: ``JOB_COMPLETION_INDEX``."""
    restart_policy: Literal["Never", "OnFailure"] = "Never"
    """Never replaces a failed pod, OnFailure restarts its container."""
    termination_grace_seconds: Seconds = TASK_GRACE_SECONDS
    """Seconds between SIGTERM and SIGKILL."""
    keep_seconds: Seconds | None = 86400
    """Seconds a finished job is kept, for its logs."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield what the objects made of these props would be refused for."""
        found = list(data_refusals(self.environment, "environment"))
        if len(self.identity.name) > LONGEST_NAME["CronJob"]:
            expected = f"at most {LONGEST_NAME['CronJob']} characters"
            found.append(Refusal("identity.name", describe(self.identity.name), expected))
        yield from found or check(task_job(self))


def task_job(props: TaskProps, *, configuration: Mapping[str, str] | None = None) -> JobProps:
    """Return the job of a task, named after its content where its ``configuration`` is given."""
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
