"""A pipeline in terms that GitHub Actions, GitLab CI/CD and Jenkins share.

Every command is plain bash that reads environment variables, so that a job runs the same way under each of them, and on
a laptop. What differs between them (how to check out, keep a file, prove an identity) is in one place, in each dialect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Condition = Literal["always", "pull-request", "default-branch", "schedule"]
"""When a job runs; ``always`` is for every change, and a schedule is not one."""
Scope = Literal["contents", "issues", "pull-requests"]
Context = Literal["BASE_BRANCH", "DEFAULT_BRANCH"]
"""What a dialect can tell a job: the branch a pull request goes to, the branch that is deployed."""
Tool = Literal["cosign", "syft", "grype", "qemu", "buildx", "terraform"]
"""Programs, and what docker needs to build for several platforms."""

TOKENS: Mapping[Scope, str] = {"contents": "GIT_TOKEN", "issues": "ISSUE_TOKEN", "pull-requests": "REVIEW_TOKEN"}
"""Variable that holds the token with which a job may write to a scope."""

GIT_USER = "GIT_USER"
"""Variable that holds the user name that goes with the token for ``contents``."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """The machine a job runs on."""

    github: str
    """Label of the GitHub runner, ``ubuntu-24.04``."""
    label: str
    """Tag of the GitLab runner and label of the Jenkins agent."""
    image: str | None = None
    """Image the job runs in on GitLab and Jenkins, by digest; none where the runner itself has the tools. ``$NAME``
    takes it from the matrix."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """Some lines of bash, run with ``set -euo pipefail`` in the root of the repository."""

    name: str
    run: str
    """Reads what varies from environment variables; never holds a ``${{ }}`` expression."""
    takes_signals: bool = False
    """Whether its last command cleans up when the job is cancelled. GitHub signals the shell of the step and nothing
    that it has started, so there the command takes the place of the shell; elsewhere every process gets the signal."""
    proves: tuple[str, ...] = ()
    """Those of the job's identity tokens that it needs: GitHub, where they live for five minutes, issues them again."""


@dataclass(frozen=True, kw_only=True)
class Cache:
    """A folder that is kept from one run to the next."""

    variable: str
    """Environment variable that tells the tool where the folder is, ``PIP_CACHE_DIR``."""
    path: str
    key_files: tuple[str, ...]
    """Files whose change starts an empty cache; at most two, which is GitLab's limit."""


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A file, or with a slash at its end a folder, that a job hands to later jobs."""

    name: str
    path: str
    retention_days: int = 7

    @property
    def folder(self) -> str:
        """The folder itself, or the folder the file is in."""
        return self.path.rstrip("/") if self.path.endswith("/") else self.path.rpartition("/")[0] or "."


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The environment a job changes. Only one job at a time may change an environment."""

    environment: str
    url: str
    approval: bool
    """Whether each run of the job requires an approval."""


@dataclass(frozen=True, kw_only=True)
class Issue:
    """An issue that is open while the job writes its file: opened, brought up to date, and closed again. Jenkins, which
    has no issues, marks the build as unstable."""

    title: str
    file: str
    """Text of the issue; without the file there is nothing to report."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What runs on one machine."""

    name: str
    stage: str
    """Jobs of a stage are independent of each other: Jenkins runs the stages one after the other."""
    runner: Runner
    steps: tuple[Step, ...]
    on_failure: tuple[Step, ...] = ()
    """Run when a step failed, or when the job was stopped."""
    cleanup: tuple[Step, ...] = ()
    """Run at the end, whatever happened before, also if ``on_failure`` failed: a runner may serve other jobs after it.
    They must not fail."""
    needs: tuple[str, ...] = ()
    when: Condition = "always"
    paths: tuple[str, ...] = ()
    """Globs of files: it runs only for a change of one of them, and what needs it runs without it otherwise. None: the
    pipeline's. Jenkins does not know what a pull request changes, and runs the job for each."""
    applied: str | None = None
    """Git ref that holds the files of the job's folder as they were last applied. On GitHub, the job runs where the
    folder differs from them, and not only for the change after which nothing was applied. The others cannot compare
    with a ref that may not exist: they look at the change."""
    matrix: tuple[Mapping[str, str], ...] = ()
    """Environment variables of each copy of the job; the first names the copy."""
    python: str | None = None
    """Python that GitHub sets up; elsewhere it is the image's. ``$NAME`` takes it from the matrix."""
    tools: tuple[Tool, ...] = ()
    """Programs that GitHub installs; elsewhere the runner has them."""
    checkout: bool = True
    history: bool = False
    """Check out every commit, not only the last."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables with fixed values."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Environment variables with the absolute path of a file or folder in the job's workspace, and that path."""
    context: tuple[Context, ...] = ()
    """Environment variables that the dialect fills."""
    variables: tuple[str, ...] = ()
    """Environment variables that people set where the pipeline runs; nothing secret."""
    scope: str | None = None
    """End of the names of its variables, and on Jenkins of its tokens, where the pipeline runs: with ``plan-prod``,
    ``AWS_ROLE_ARN`` is ``AWS_ROLE_ARN_PLAN_PROD`` there. For a job with fewer permissions than a deployment."""
    identity_tokens: Mapping[str, str] = field(default_factory=dict)
    """Variable, ending in ``_FILE``, that names a file with an OpenID Connect token, and the audience of the token."""
    writes: tuple[Scope, ...] = ()
    """What the job's own token may change; see ``TOKENS``."""
    fetches: bool = False
    """Whether its steps fetch from the repository: they get the variables of the token for ``contents``, on GitHub with
    a token that may only read, unless the job writes to it."""
    cache: Cache | None = None
    produces: tuple[Artifact, ...] = ()
    consumes: tuple[Artifact, ...] = ()
    """Artifacts of jobs it needs; those of a job with ``paths`` if it ran."""
    comment: str | None = None
    """File that is posted on the pull request."""
    summary: str | None = None
    """File that GitHub shows with the run, for the approval of a later job; elsewhere it is an artifact."""
    issue: Issue | None = None
    """What it reports where people see it without looking at the run."""
    group: str | None = None
    """Only one job of a group runs at a time; the environment's deployments are one by default."""
    deployment: Deployment | None = None
    timeout_minutes: int = 30

    @property
    def lock(self) -> str | None:
        """Name of what it holds alone while it runs."""
        return self.group or (f"deploy-{self.deployment.environment}" if self.deployment else None)

    @property
    def uses_git(self) -> bool:
        """Whether its steps fetch from the repository or push to it, with a token."""
        return self.fetches or "contents" in self.writes

    @property
    def image_variable(self) -> str | None:
        """Name of the matrix variable that holds the image, if one does."""
        image = self.runner.image
        return image[1:] if image is not None and image.startswith("$") else None

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the other matrix variables, sorted."""
        return tuple(sorted({key for copy in self.matrix for key in copy} - {self.image_variable}))

    @property
    def copies(self) -> tuple[Mapping[str, str], ...]:
        """The matrix, or a single copy without variables."""
        return self.matrix or ({},)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """Jobs that start together. ``ci`` is for every change, ``cd`` for what was merged."""

    name: str
    jobs: tuple[Job, ...]
    after: str | None = None
    """Name of the pipeline that must succeed first."""
    paths: tuple[str, ...] = ()
    """Globs of files, such as ``apps/**``: it runs for a change of one of them only. None: for every change."""
    cancel_superseded: bool = False
    """Stop a run for a pull request when a newer one for it starts. A run for a merge is never stopped: a later one
    looks only at the files that its own merge changes."""
    schedule: str | None = None
    """Times at which it runs on the default branch, and never else: five fields as for cron, in UTC. GitLab keeps the
    times of a schedule itself."""

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the stages in order."""
        return tuple(dict.fromkeys(job.stage for job in self.jobs))

    def job(self, name: str) -> Job:
        """Return the job with this name."""
        return next(job for job in self.jobs if job.name == name)

    def before(self, job: Job) -> set[str]:
        """Return the names of all jobs that a job comes after: those that it needs, and those that they need."""
        found: set[str] = set()
        waiting = list(job.needs)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.job(name).needs
        return found

    def optional(self, artifact: Artifact) -> bool:
        """Return whether the job that produces an artifact may not run."""
        return any(job.paths for job in self.jobs if artifact in job.produces)
