"""Jobs: pods that run to completion."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.config_map import content_hash
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.pod import Pod, exceptions_annotation, mount_refusals, pod_template, restart_refusals
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.limits.kubernetes import LONGEST_NAME, Count, DataKey, PositiveSeconds, Seconds
from quantacirc_cdk.manifests import raw_json

_HASH = 8
"""Characters of the hash at the end of a name."""


@dataclass(frozen=True, kw_only=True)
class JobProps:
    """A Job."""

    identity: Identity
    pod: Pod
    """Pod; its ``restart_policy`` is Never or OnFailure."""
    configuration: Mapping[DataKey, str] | None = None
    """Entries of the ConfigMap that its pods read. A Job is immutable. If this is set, the name of the Job therefore
    ends in a hash of these entries and of its whole ``spec``, so that any change creates another Job, and its pods have
    no label that a release changes. If it is not set, the Job has the identity's name.
    """
    retries: Count = 3
    """Number of failed pods that are replaced before the Job fails."""
    deadline_seconds: PositiveSeconds | None = 3600
    """Seconds after which the Job fails; no deadline for None."""
    parallelism: Count | None = None
    """Pods that run at the same time; one when absent."""
    completions: Count | None = None
    """Pods that must succeed; one when absent."""
    indexed: bool = False
    """Number the pods from 0, as ``JOB_COMPLETION_INDEX``."""
    keep_seconds: Seconds | None = None
    """Seconds to keep a finished Job. When absent, it is kept forever, so that a tool that applies the manifests still
    finds it.
    """

    def refusals(self) -> Iterator[Refusal]:
        """Yield mounts without a volume, the restart policy Always, indexed pods without a number of completions, and
        a name that is too long with its hash.
        """
        yield from (refusal.below("pod") for refusal in mount_refusals(self.pod))
        yield from restart_refusals(self.pod, "Never", "OnFailure")
        if self.indexed and self.completions is None:
            yield Refusal("completions", "None", "a number, because the pods are `indexed`")
        most = LONGEST_NAME["Job"] - _HASH - 1
        if self.configuration is not None and len(self.identity.name) > most:
            found = f'"{self.identity.name}" of {len(self.identity.name)} characters'
            yield Refusal("identity.name", found, f"at most {most}, because the name of the Job ends in a hash")


def job_name(props: JobProps) -> str:
    """Return the name of a Job, with a hash of its content if any change must create another Job."""
    if props.configuration is None:
        return props.identity.name
    return f"{props.identity.name}-{revision(job_spec(props), content_hash(props.configuration))}"


def revision(spec: Data, configuration: str) -> str:
    """Return the suffix of a Job's name: a hash of its ``spec`` and of the ``content_hash`` of its configuration."""
    text = raw_json({**spec, "configuration": configuration})
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH]


def job_spec(props: JobProps) -> Data:
    """Return the ``spec`` of a Job."""
    template = pod_template(props.identity, props.pod)
    if props.configuration is not None:
        template["metadata"]["labels"] = dict(sorted({**props.identity.selector, **props.pod.labels}.items()))
    return {
        **({} if props.keep_seconds is None else {"ttlSecondsAfterFinished": props.keep_seconds}),
        **compact(
            activeDeadlineSeconds=props.deadline_seconds,
            completionMode="Indexed" if props.indexed else None,
            completions=props.completions,
            parallelism=props.parallelism,
        ),
        "backoffLimit": props.retries,
        "template": template,
    }


class Job(Manifest):
    """A Job."""

    def __init__(self, scope: Construct, id: str, props: JobProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="batch/v1",
            kind="Job",
            name=job_name(props),
            labels=props.identity.labels,
            annotations=exceptions_annotation(props.pod),
            spec=job_spec(props),
        )
