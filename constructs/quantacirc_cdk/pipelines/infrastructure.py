"""Jobs for the Terraform stacks of environments: the plan on a pull request, the apply before a release, the nightly
look for drift.
"""

from collections.abc import Sequence
from dataclasses import replace

from quantacirc_cdk.model import Environment, Project
from quantacirc_cdk.pipelines.access import Access, terraform_access
from quantacirc_cdk.pipelines.delivery import deployment_variables, source_of
from quantacirc_cdk.pipelines.model import Artifact, Deployment, Issue, Job, Runner, Step
from quantacirc_cdk.pipelines.remote import FOLDER, RECORD_APPLIED, SEE_APPLIED, applied_ref
from quantacirc_cdk.text import shell

NIGHTLY = "17 3 * * *"
"""Times of the look for drift."""
COMMENT_FILE = "build/comment.md"
# A stack that has not changed has no summary. GitHub refuses comments of more than 65,536 characters.
_TOGETHER = """\
for file in {files}; do
  if [ -e "$file" ]; then cat "$file"; fi
done >build/comment.txt
head --bytes 60000 build/comment.txt >build/comment.md
"""


def applied(project: Project) -> list[Environment]:
    """Return the environments whose stacks the pipeline applies, each after the one that it extends."""
    found = [one for one in project.environments.values() if one.infrastructure == "pipeline"]
    return sorted(found, key=lambda one: (_depth(project, one), one.name))


def preview_jobs(project: Project, runner: Runner, install: Step) -> tuple[Job, ...]:
    """Return a job for each stack that plans it on a pull request, for the comment. The plan itself is not kept."""
    return tuple(
        replace(
            _plan(project, environment, runner, install),
            name=f"preview-{_stack(environment)}",
            stage="check",
            when="pull-request",
            applied=None,
            produces=(_summary(environment),),
            summary=None,
        )
        for environment in applied(project)
    )


def with_previews(comment: Job, project: Project) -> Job:
    """Return the job that comments on a pull request, with the plans of the stacks that it changes."""
    environments = applied(project)
    if not environments:
        return comment
    consumes = (*comment.consumes, *map(_summary, environments))
    files = " ".join(shell.quoted(artifact.path) for artifact in consumes)
    return replace(
        comment,
        needs=(*comment.needs, *(f"preview-{_stack(one)}" for one in environments)),
        consumes=consumes,
        steps=(*comment.steps, Step(name="Put the comment together", run=_TOGETHER.format(files=files))),
        comment=COMMENT_FILE,
    )


def with_applies(jobs: Sequence[Job], project: Project, runner: Runner, install: Step) -> tuple[Job, ...]:
    """Return the jobs of a deployment, and those that plan and apply stacks, before the releases.

    A stack is planned first, so that the plan can be read while the release goes through the other environments.
    """
    environments = applied(project)
    if not environments:
        return tuple(jobs)
    plans = [_plan(project, one, runner, install) for one in environments]
    applies = [_apply(project, one, runner, install) for one in environments]
    by_environment = {job.deployment.environment: job for job in applies if job.deployment}
    releases = [
        _after(job, by_environment[job.deployment.environment])
        if job.deployment and job.deployment.environment in by_environment
        else job
        for job in jobs
    ]
    found = [job for job in releases if not job.deployment] + plans
    deployments = [job for job in releases if job.deployment]
    for depth in range(1, 1 + len(project.environments)):
        found += [job for job in applies if job.stage == f"apply-{depth}"]
        found += [job for job in deployments if job.stage == f"deploy-{depth}"]
    return tuple(found)


def _after(job: Job, apply: Job) -> Job:
    """Return a deployment that comes after the apply of its environment's stack, and fails if there is another stack in
    the cloud: the apply of an earlier run may have been refused.
    """
    return replace(
        job,
        needs=(*job.needs, apply.name),
        environment={**job.environment, "STACK": apply.environment["STACK"]},
        fetches=True,
        steps=(Step(name="See that the infrastructure is applied", run=SEE_APPLIED), *job.steps),
    )


def drift_jobs(project: Project, runner: Runner, install: Step) -> tuple[Job, ...]:
    """Return a job for each stack that looks for drift, and reports it in an issue."""
    return tuple(_drift(project, environment, runner, install) for environment in applied(project))


def _stack(environment: Environment) -> str:
    return f"{environment.name}-{environment.target}"


def _depth(project: Project, environment: Environment) -> int:
    source = source_of(project, environment)
    return 1 if source is None else 1 + _depth(project, source)


def _summary(environment: Environment) -> Artifact:
    stack = _stack(environment)
    return Artifact(name=f"preview-{stack}", path=f"build/infrastructure/{stack}/summary.md")


def _planned(environment: Environment) -> Artifact:
    stack = _stack(environment)
    return Artifact(name=f"plan-{stack}", path=f"build/infrastructure/{stack}/")


def _access(project: Project, environment: Environment, name: str, command: str, *, signals: bool = False) -> Access:
    step = Step(name=name, run=command, takes_signals=signals)
    return terraform_access(project.system, environment, step)


def _job(environment: Environment, name: str, runner: Runner, install: Step, access: Access) -> Job:
    stack = _stack(environment)
    return Job(
        name=f"{name}-{stack}",
        stage=name,
        runner=runner,
        paths=(f"{FOLDER}/{stack}/**",),
        applied=applied_ref(stack),
        when="default-branch",
        environment={"CI": "true", "STACK": stack, **access.environment},
        variables=access.variables,
        identity_tokens=access.identity_tokens,
        tools=access.tools,
        steps=(install, *access.steps),
        timeout_minutes=60,
    )


def _plan(project: Project, environment: Environment, runner: Runner, install: Step) -> Job:
    """Return the job that plans a stack, with credentials that only read."""
    access = _access(project, environment, "Plan the stack", '.venv/bin/qcdk plan "$STACK" --format markdown\n')
    planned = _planned(environment)
    return replace(
        _job(environment, "plan", runner, install, access),
        scope=f"plan-{environment.name}",
        produces=(planned,),
        summary=f"{planned.path}summary.md",
        timeout_minutes=30,
    )


def _apply(project: Project, environment: Environment, runner: Runner, install: Step) -> Job:
    """Return the job that applies the plan of a stack, after approval."""
    access = _access(project, environment, "Apply the plan", '.venv/bin/qcdk apply "$STACK"\n', signals=True)
    source, stack = source_of(project, environment), _stack(environment)
    made = _job(environment, "apply", runner, install, access)
    return replace(
        made,
        stage=f"apply-{_depth(project, environment)}",
        needs=(f"plan-{stack}", *((f"deploy-{source.name}",) if source else ())),
        steps=(*made.steps, Step(name="Record what is applied", run=RECORD_APPLIED)),
        writes=("contents",),
        variables=deployment_variables(environment, access),
        consumes=(_planned(environment),),
        deployment=Deployment(
            environment=environment.name, url=f"https://{environment.domain}", approval=environment.approval
        ),
        group=f"infrastructure-{stack}",
    )


def _drift(project: Project, environment: Environment, runner: Runner, install: Step) -> Job:
    """Return the job that looks for drift. Drift is no failure of the job; an unanswered question is one."""
    command = """\
status=0
.venv/bin/qcdk drift "$STACK" || status=$?
if [ "$status" -gt 1 ]; then exit "$status"; fi
"""
    access = _access(project, environment, "Look for drift", command)
    stack = _stack(environment)
    return replace(
        _job(environment, "drift", runner, install, access),
        stage="maintenance",
        paths=(),
        applied=None,
        when="schedule",
        scope=f"plan-{environment.name}",
        writes=("issues",),
        issue=Issue(title=f"Drift in {stack}", file=f"build/infrastructure/{stack}/summary.md"),
        timeout_minutes=30,
    )
