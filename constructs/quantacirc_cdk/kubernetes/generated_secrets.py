"""Secrets with values that are generated in the cluster and stored nowhere else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quantacirc_cdk.errors import Problem, PropsError, nearest
from quantacirc_cdk.kubernetes import engine, plus
from quantacirc_cdk.kubernetes.config_map import ConfigMap
from quantacirc_cdk.kubernetes.container import Container, FieldPath
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.job import Job, job_name
from quantacirc_cdk.kubernetes.resources import TINY
from quantacirc_cdk.kubernetes.role import Role, RoleBinding, Rule
from quantacirc_cdk.kubernetes.scripts import script
from quantacirc_cdk.kubernetes.service_account import ServiceAccount
from quantacirc_cdk.kubernetes.task import TaskProps, task_job
from quantacirc_cdk.kubernetes.volume import Mount, config_volume
from quantacirc_cdk.limits.check import Checked, Refusal, check_of, describe, repeated
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import DataKey, Host, ObjectName

SECRETS_JOB = "create-secrets"
"""Name of the Job of a system that generates its Secrets."""
_WORD = re.compile(r"[A-Za-z0-9._:/-]+")
_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 (a directory)


@dataclass(frozen=True, kw_only=True)
class GeneratedSecret:
    """A Secret that is created once."""

    name: ObjectName
    random: Sequence[DataKey]
    """Keys with a random value of 192 bits."""
    fixed: Mapping[DataKey, str]
    """Keys with a fixed value that is not secret, such as a host name."""


@dataclass(frozen=True, kw_only=True)
class GeneratedCertificate:
    """A Secret with a certificate, its private key and the issuing authority's certificate, created once."""

    name: ObjectName
    """Name of the Secret; its keys are ``ca.crt``, ``tls.crt`` and ``tls.key``."""
    hosts: Sequence[Host]
    """Host names of the certificate."""


@dataclass(frozen=True, kw_only=True)
class GeneratedSecretsProps:
    """Secrets to generate, and the image that generates them."""

    identity: Identity
    image: Image
    """Image with ``sh``, ``curl`` and ``jq``."""
    secrets: Sequence[GeneratedSecret]
    certificates: Sequence[GeneratedCertificate] = ()
    certificate_image: str = ""
    """Image with ``sh`` and ``openssl``; required for certificates only."""
    priority_class: ObjectName | None = None

    def refusals(self) -> Iterator[Refusal]:
        """Yield values that the script would split into several words, duplicate names, and certificates without
        hosts.
        """
        for index, secret in enumerate(self.secrets):
            for word in (*secret.random, *secret.fixed, *secret.fixed.values()):
                if not _WORD.fullmatch(word):
                    yield Refusal(f"secrets[{index}]", describe(word), "letters, digits and . _ : / -")
        names = [*(secret.name for secret in self.secrets), *(one.name for one in self.certificates)]
        for _, name in repeated(names):
            yield Refusal("", f"two Secrets named {describe(name)}", "a different name for each")
        if self.certificates:
            for refusal in check_of(Image)(self.certificate_image):
                yield refusal.below("certificate_image")
        for index, one in enumerate(self.certificates):
            if not one.hosts:
                yield Refusal(f"certificates[{index}].hosts", "none", "at least one")


_FILES = "/etc/create-secrets"
_MADE = "/tmp/certificates"  # noqa: S108 (an emptyDir of the pod's own)


def secret_lines(secrets: Sequence[GeneratedSecret], certificates: Sequence[GeneratedCertificate] = ()) -> str:
    """Return the input of ``create-secrets.sh``: a line for each Secret."""
    lines = []
    for secret in secrets:
        keys = [*secret.random, *(f"{key}={value}" for key, value in secret.fixed.items())]
        lines.append(" ".join([secret.name, *sorted(keys)]))
    for certificate in certificates:
        keys = [f"{key}@{_MADE}/{certificate.name}/{key}" for key in ("ca.crt", "tls.crt", "tls.key")]
        lines.append(" ".join([certificate.name, *keys]))
    return "\n".join(sorted(lines)) + "\n"


def certificate_lines(certificates: Sequence[GeneratedCertificate]) -> str:
    """Return the input of ``create-certificates.sh``: a line for each certificate."""
    lines = [" ".join([certificate.name, *certificate.hosts]) for certificate in certificates]
    return "\n".join(sorted(lines)) + "\n"


_SCRIPT = Mount(volume="script", path=_FILES, read_only=True)


def _certificate_maker(image: str) -> Container:
    return Container(
        name="certificates",
        image=image,
        command=["/bin/sh", f"{_FILES}/create-certificates.sh"],
        environment={"CERTIFICATES": _MADE, "CERTIFICATES_FILE": f"{_FILES}/certificates"},
        mounts=[_SCRIPT],
        resources=TINY,
    )


class GeneratedSecrets(Checked, Construct):
    """A Job that creates Secrets with random values and adds missing keys. It never changes an existing value.

    The name of the Job ends in a hash of its content, because a Job is immutable: a changed list of Secrets creates
    another Job. A finished Job is kept, so that a tool that applies the manifests sees it as complete. Its Role allows
    creating Secrets, and reading and changing only the named ones.

    An init container creates certificates in the pod's scratch directory.

    Raises ``PropsError`` for a name or value that is not a single word.
    """

    def __init__(self, scope: Construct, id: str, props: GeneratedSecretsProps) -> None:
        super().__init__(scope, id)
        self.props = props
        identity = props.identity
        files = {
            "create-secrets.sh": script("create-secrets.sh"),
            "secrets": secret_lines(props.secrets, props.certificates),
        }
        if props.certificates:
            files["create-certificates.sh"] = script("create-certificates.sh")
            files["certificates"] = certificate_lines(props.certificates)
        ServiceAccount(self, "service-account", name=identity.name, labels=identity.labels)
        names = [secret.name for secret in props.secrets] + [one.name for one in props.certificates]
        rules = [
            Rule(verbs=["create"], resources=["secrets"]),
            Rule(verbs=["get", "patch"], resources=["secrets"], names=names),
        ]
        Role(self, "role", name=identity.name, identity=identity, rules=rules)
        RoleBinding(self, "binding", name=identity.name, identity=identity, service_account=identity.name)
        ConfigMap(self, "script", name=identity.name, data=files, labels=identity.labels)
        task = TaskProps(
            identity=identity,
            image=props.image,
            command=["/bin/sh", f"{_FILES}/create-secrets.sh"],
            variables={
                "API": "https://kubernetes.default.svc",
                "CREDENTIALS": _TOKEN,
                "NAMESPACE": FieldPath(path="metadata.namespace"),
                "SECRETS_FILE": f"{_FILES}/secrets",
                "TMPDIR": "/tmp",  # noqa: S108 (an emptyDir of the pod's own)
            },
            volumes=[config_volume("script", identity.name)],
            mounts=[_SCRIPT],
            init_containers=[_certificate_maker(props.certificate_image)] if props.certificates else [],
            resources=TINY,
            priority_class=props.priority_class,
            api_token=True,
            retries=6,
            deadline_seconds=600,
            keep_seconds=None,
        )
        job = task_job(task, configuration=files)
        self.name = job_name(job)
        Job(self, "job", job)

    def for_cdk8s_plus(self, name: str) -> "engine.kplus.ISecret":
        """Return one of its Secrets as a cdk8s-plus object. Raises ``PropsError`` for an unknown name."""
        names = [one.name for one in self.props.secrets] + [one.name for one in self.props.certificates]
        if name not in names:
            raise PropsError(Problem(key=self.node.path, what=f'no Secret "{name}"', expected=nearest(name, names)))
        return plus.secret(self, name)
