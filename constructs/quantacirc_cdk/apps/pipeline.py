"""Pipelines for three CI servers: ``ci`` checks every change, ``cd`` deploys merged changes, and ``maintenance`` looks
for drift of the infrastructure that ``cd`` applies.

They do not build images: `qcdk release` records images of another pipeline, and merging the record deploys them. A
project that builds its own images, or runs its own tests, has its own ``apps/pipeline.py``.
"""

from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.model import Environment, Project, load_project
from quantacirc_cdk.pipelines import (
    ARRIVED,
    NIGHTLY,
    Access,
    Artifact,
    Deployment,
    Job,
    Pipeline,
    Runner,
    Step,
    again_if_late,
    again_to_undo,
    delivered,
    deployment_access,
    deployment_minutes,
    deployment_times,
    deployment_variables,
    drift_jobs,
    preview_jobs,
    source_of,
    with_applies,
    with_previews,
    write_pipelines,
)
from quantacirc_cdk.pipelines.remote import REMOTE
from quantacirc_cdk.version import __version__

PYTHON = Runner(
    github="ubuntu-24.04",
    label="docker",
    image="python:3.11.15-bookworm@sha256:a8f8fbe1a0edc9e4dddafa64ba73f7e04be7be5ebc23f332362e779e0a2e4e52",
)
DEPLOYER = Runner(github="ubuntu-24.04", label="deployer")
"""A machine with Python 3.11 or newer, kubectl, helm, the command lines of the clouds and, where images are verified,
docker and cosign; where stacks are applied, jq and, except on GitHub, terraform."""

INSTALL = Step(
    name="Install",
    run=f"""\
mkdir -p build
rm -f build/undo
python3 -m venv .venv
if [ -e requirements.txt ]; then
  .venv/bin/pip install --quiet --requirement requirements.txt
else
  .venv/bin/pip install --quiet quantacirc-cdk=={__version__}
fi
""",
)
TAKE = Step(
    name="Take what Argo CD applies",  # the branch, and not the commit of this job
    run='git checkout --quiet "origin/$DEFAULT_BRANCH" -- "dist/kubernetes/$ENVIRONMENT"\n',
)
LATER = Step(
    name="Fetch what was merged meanwhile",  # GitLab and Jenkins fetch no later commit, which `qcdk deploy` looks for
    run=f'{REMOTE}remote fetch --quiet origin "$DEFAULT_BRANCH"\n',
)
PATHS = ("apps/**", "dist/**", "requirements.txt")
"""What a release is made of: a change of anything else deploys nothing."""

DIFFERENCE = Artifact(name="difference", path="build/difference.md")


def ci(project: Project) -> Pipeline:
    """Return the checks of every change: ``dist/`` is current, and a comment describes the effects of a pull
    request.
    """
    tell = """\
git rev-parse --quiet --verify "origin/$BASE_BRANCH" >/dev/null ||
  git fetch --quiet origin "$BASE_BRANCH:refs/remotes/origin/$BASE_BRANCH"
.venv/bin/qcdk diff --against "origin/$BASE_BRANCH" --format markdown >build/difference.md
"""
    output = Job(
        name="output",
        stage="check",
        runner=PYTHON,
        python="3.11",
        steps=(INSTALL, Step(name="Check that dist/ is current", run=".venv/bin/qcdk synth --check\n")),
        timeout_minutes=10,
    )
    difference = Job(
        name="difference",
        stage="check",
        runner=PYTHON,
        python="3.11",
        when="pull-request",
        history=True,
        context=("BASE_BRANCH",),
        steps=(INSTALL, Step(name="Describe the changes of each environment", run=tell)),
        produces=(DIFFERENCE,),
        timeout_minutes=10,
    )
    # The job with a write token runs no code of the pull request.
    comment = Job(
        name="comment",
        stage="comment",
        runner=DEPLOYER,
        when="pull-request",
        needs=("difference",),
        checkout=False,
        consumes=(DIFFERENCE,),
        comment=DIFFERENCE.path,
        writes=("pull-requests",),
        steps=(),
        timeout_minutes=5,
    )
    previews = preview_jobs(project, DEPLOYER, INSTALL)
    jobs = (output, difference, *previews, with_previews(comment, project))
    return Pipeline(name="ci", cancel_superseded=True, jobs=jobs)


def cd(project: Project) -> Pipeline:
    """Return the deployment of each environment, after the one that it extends; none for manual delivery."""
    jobs = tuple(_deployment(project, environment) for environment in delivered(project))
    return Pipeline(name="cd", after="ci", paths=PATHS, jobs=with_applies(jobs, project, DEPLOYER, INSTALL))


def maintenance(project: Project) -> Pipeline:
    """Return the nightly look for drift of the stacks that the pipeline applies."""
    return Pipeline(name="maintenance", schedule=NIGHTLY, jobs=drift_jobs(project, DEPLOYER, INSTALL))


def _deployment(project: Project, environment: Environment) -> Job:
    access = deployment_access(project.system, environment)
    source = source_of(project, environment)
    return Job(
        name=f"deploy-{environment.name}",
        stage=f"deploy-{_depth(project, environment)}",
        runner=DEPLOYER,
        needs=(f"deploy-{source.name}",) if source else (),
        when="default-branch",
        history=True,
        environment={
            "CI": "true",  # Nobody can answer a prompt.
            "ENVIRONMENT": environment.name,
            "CONTEXT": environment.cluster.context,
            **deployment_times(project, environment),
            **access.environment,
        },
        files=access.files,
        variables=deployment_variables(environment, access),
        identity_tokens=access.identity_tokens,
        tools=access.tools,
        context=("DEFAULT_BRANCH",),
        fetches=True,
        steps=(INSTALL, *access.steps, *_apply(environment, again_if_late(project, environment, access))),
        on_failure=_way_back(environment, access),
        cleanup=access.cleanup,
        deployment=Deployment(
            environment=environment.name, url=f"https://{environment.domain}", approval=environment.approval
        ),
        timeout_minutes=deployment_minutes(project, environment),
    )


def _depth(project: Project, environment: Environment) -> int:
    source = source_of(project, environment)
    return 1 if source is None else 1 + _depth(project, source)


def _apply(environment: Environment, again: tuple[Step, ...]) -> tuple[Step, ...]:
    run = '.venv/bin/qcdk deploy "$ENVIRONMENT" --undo-file build/undo\n'
    deploy = Step(name="Deploy", run=run, takes_signals=True)
    health = Step(name="Check health", run='.venv/bin/qcdk health "$ENVIRONMENT" --timeout 10m\n')
    return (*((TAKE, ARRIVED) if environment.delivery == "argocd" else (LATER, deploy)), *again, health)


def _way_back(environment: Environment, access: Access) -> tuple[Step, ...]:
    """Return the rollback steps for an unhealthy release. With Argo CD, you revert the commit."""
    if environment.delivery == "argocd":
        return ()
    back = '.venv/bin/qcdk rollback "$ENVIRONMENT" --undo-file build/undo\n'
    return (*again_to_undo(access), Step(name="Roll back", run=back, takes_signals=True))


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None = None) -> None:  # noqa: ARG001
    """Write the pipelines of the project to ``outdir``, always for all environments, which share the files."""
    project = load_project(project_root)
    pipelines = [ci(project), *(one for one in (cd(project), maintenance(project)) if one.jobs)]
    branch = project.system.source.branch if project.system.source else "main"
    write_pipelines(pipelines, outdir, default_branch=branch)
