"""From environment files to jobs: one that deploys each environment, with its approval, its checks and its way back."""

from collections.abc import Sequence
from dataclasses import replace
from textwrap import indent

from quantacirc_cdk.limits.machines import architecture_of
from quantacirc_cdk.model import Environment, Project
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.pipelines.access import Access, deployment_access
from quantacirc_cdk.pipelines.model import Artifact, Deployment, Job, Runner, Step
from quantacirc_cdk.pipelines.remote import REMOTE
from quantacirc_cdk.text import shell

_START = """\
mkdir -p build
rm -f build/committed build/undo
make .venv/run.stamp
"""
_RELEASE = """\
.venv/bin/qcdk release "$ENVIRONMENT" --images build/images.json
printf 'Release %s to %s\\n' "$(git rev-parse --short HEAD)" "$ENVIRONMENT" >build/message.txt
"""
# A job reaches its own cluster only; the one before it has asked the source's.
_PROMOTE = """\
.venv/bin/qcdk promote "$SOURCE" "$ENVIRONMENT" --message build/message.txt \\
  --no-health-check "the job deploy-$SOURCE found it healthy"
"""
_MANIFESTS = """\
make synth
git add apps/environments dist
git --no-pager diff --cached --stat
"""
# The token is named because a step gets only what it names.
_IN_GIT = "GIT_USER=$GIT_USER GIT_TOKEN=$GIT_TOKEN scripts/record.sh"
_RECORD = f'{_IN_GIT} commit "$ENVIRONMENT" build/message.txt\n'
_REVERT = f'{_IN_GIT} revert "$ENVIRONMENT"\n'
# Runs overlap: an approval is for what its run has deployed to the source, and another may have deployed there since.
_HAND_OVER = Step(
    name="Hand over which release an approval is for",
    run='git hash-object "apps/environments/$ENVIRONMENT.yaml" >"build/release-$ENVIRONMENT.txt"\n',
)
_UNCHANGED = Step(
    name="See that the approval is for this release",
    run="""\
if [ "$(git hash-object "apps/environments/$SOURCE.yaml")" != "$(cat "build/release-$SOURCE.txt")" ]; then
  echo "error: another run has changed the release of $SOURCE since this run deployed it: approve that run" >&2
  exit 1
fi
""",
)
_UNDO = 'scripts/rollback.sh "$ENVIRONMENT" --undo-file build/undo\n'
# scripts/deploy.sh looks by itself. A commit outside of a window would wait for Argo CD, and be taken back.
_WINDOW = Step(name="See that a change window is open", run='scripts/window.sh "$ENVIRONMENT"\n')
ARRIVES_SECONDS = 1200
"""Seconds that Argo CD may take to apply a release, besides the pauses of a release in steps."""
ARRIVED = Step(
    name="Wait until the cluster has it",
    # Jobs are left out: the cluster deletes finished ones.
    run=f"{REMOTE}deadline=$((SECONDS + ${{WAIT_SECONDS:-{ARRIVES_SECONDS}}}))\n"
    """\
until find "dist/kubernetes/$ENVIRONMENT" -name '*.yaml' ! -name 'Job.*' -print0 | sed --null-data 's/^/--filename=/' |
  xargs --null kubectl --context "$CONTEXT" diff >/dev/null; do
  if ((SECONDS > deadline)); then
    echo "error: Argo CD has not applied the release in time" >&2
    false
  fi
  sleep "${POLL_SECONDS:-15}"
  # Argo CD applies the branch: what was merged meanwhile takes the place of this release.
  if remote fetch --quiet origin "$DEFAULT_BRANCH"; then
    git restore --quiet --source FETCH_HEAD -- "dist/kubernetes/$ENVIRONMENT"
  fi
done
""",
)
"""Waits until Argo CD has applied `dist/` of the branch. Reads `ENVIRONMENT`, `CONTEXT` and `DEFAULT_BRANCH`,
and `GIT_USER` and `GIT_TOKEN` of a job that fetches."""


def delivered(project: Project) -> list[Environment]:
    """Return the environments that the pipeline deploys, by the number of deployments before each, then by name."""

    def order(environment: Environment) -> tuple[int, str]:
        before = [base for base in _ancestors(project, environment) if base.delivery != "manual"]
        return len(before), environment.name

    return sorted((one for one in project.environments.values() if one.delivery != "manual"), key=order)


def platforms(project: Project) -> tuple[str, ...]:
    """Return the platforms that images need for the nodes of every delivered environment, such as ``linux/amd64``.

    They are those of the node pools. The nodes of an environment without pools are taken for ``linux/amd64``.
    """
    found = {
        architecture_of(environment.target, pool.machine_type, pool.architecture)
        for environment in delivered(project)
        for pool in environment.cluster.node_pools.values()
    }
    without_pools = any(not environment.cluster.node_pools for environment in delivered(project))
    return tuple(f"linux/{name}" for name in sorted(found | ({"amd64"} if without_pools or not found else set())))


def source_of(project: Project, environment: Environment) -> Environment | None:
    """Return the environment whose release this one gets: the nearest delivered one that it extends."""
    return next((base for base in _ancestors(project, environment) if base.delivery != "manual"), None)


def _ancestors(project: Project, environment: Environment) -> list[Environment]:
    found: list[Environment] = []
    while environment.extends is not None:
        environment = project.environments[environment.extends]
        found.append(environment)
    return found


def deploy_jobs(
    project: Project, *, images: Job, artifact: Artifact, runner: Runner, paths: Sequence[str]
) -> tuple[Job, ...]:
    """Return a job for each delivered environment. The first ones take what ``images`` built, the others promote.

    ``paths`` are the globs of the files that a release is made of: a newer commit that changes none of them stops no
    job.
    """
    newest = f"{_IN_GIT} newest {' '.join(map(shell.quoted, paths))}\n"
    return tuple(
        _deploy_job(project, environment, images, artifact, runner, newest) for environment in delivered(project)
    )


def _released(environment: Environment) -> Artifact:
    """Return the file that says which release the job of an environment deployed, for as long as approvals wait."""
    name = f"release-{environment.name}"
    return Artifact(name=name, path=f"build/{name}.txt", retention_days=30)


def deployment_minutes(project: Project, environment: Environment) -> int:
    """Return the time limit of a deployment in minutes: an hour, and the pauses of a release, also of the one back."""
    return 60 + 2 * -(-Site(project.system, environment).pause_seconds // 60)


def again_if_late(project: Project, environment: Environment, access: Access) -> tuple[Step, ...]:
    """Return the steps before the health check: the pauses of a release can be longer than a session in a cloud."""
    return access.again if Site(project.system, environment).pause_seconds else ()


def again_to_undo(access: Access) -> tuple[Step, ...]:
    """Return the steps before a rollback, which may come an hour after the job has connected. They do nothing where
    there is nothing to roll back: perhaps the job could not connect.
    """
    guarded = (f"if [ -e build/undo ]; then\n{indent(step.run, '  ')}fi\n" for step in access.again)
    return tuple(replace(step, run=run) for step, run in zip(access.again, guarded, strict=True))


def deployment_times(project: Project, environment: Environment) -> dict[str, str]:
    """Return the variables of the job that say how long it waits; none without steps."""
    pauses = Site(project.system, environment).pause_seconds
    return {"WAIT_SECONDS": str(ARRIVES_SECONDS + pauses)} if pauses else {}


def deployment_variables(environment: Environment, access: Access) -> tuple[str, ...]:
    """Return the server's variables that a deployment reads: those for the cluster and, with change windows, the reason
    of an emergency.
    """
    return (*access.variables, *(("EMERGENCY_REASON",) if environment.change_windows else ()))


def _deploy_job(
    project: Project, environment: Environment, images: Job, artifact: Artifact, runner: Runner, newest: str
) -> Job:
    source = source_of(project, environment)
    access = deployment_access(project.system, environment)
    depth = sum(1 for base in _ancestors(project, environment) if base.delivery != "manual")
    approved = any(one.approval and source_of(project, one) is environment for one in delivered(project))
    take = Step(name="Promote the release", run=_PROMOTE) if source else Step(name="Take the release", run=_RELEASE)
    return Job(
        name=f"deploy-{environment.name}",
        stage=f"deploy-{depth + 1}",
        runner=runner,
        needs=(f"deploy-{source.name}" if source else images.name,),
        when="default-branch",
        history=True,
        context=("DEFAULT_BRANCH",),
        environment={
            "CI": "true",  # nobody is there to ask
            "ENVIRONMENT": environment.name,
            "CONTEXT": environment.cluster.context,
            **({"SOURCE": source.name} if source else {}),
            **deployment_times(project, environment),
            **access.environment,
        },
        files=access.files,
        variables=deployment_variables(environment, access),
        identity_tokens=access.identity_tokens,
        tools=access.tools,
        writes=("contents",),
        consumes=(artifact,) if source is None else (_released(source),) if environment.approval else (),
        steps=(
            Step(name="Install", run=_START),
            Step(name="See that nothing newer was merged", run=newest),
            *((_UNCHANGED,) if source and environment.approval else ()),
            take,
            Step(name="Write the manifests", run=_MANIFESTS),
            *access.steps,
            *_apply(environment, again_if_late(project, environment, access)),
            *((_HAND_OVER,) if approved else ()),
        ),
        on_failure=_way_back(environment, access),
        cleanup=access.cleanup,
        produces=(_released(environment),) if approved else (),
        deployment=Deployment(
            environment=environment.name, url=f"https://{environment.domain}", approval=environment.approval
        ),
        timeout_minutes=deployment_minutes(project, environment),
    )


def _apply(environment: Environment, again: Sequence[Step]) -> Sequence[Step]:
    health = Step(name="Check health", run='scripts/health-check.sh "$ENVIRONMENT" --timeout 10m\n')
    if environment.delivery == "argocd":
        return (
            *((_WINDOW,) if environment.change_windows else ()),
            Step(name="Commit the release for Argo CD", run=_RECORD),
            ARRIVED,
            *again,
            health,
        )
    return (
        Step(name="Deploy", run='scripts/deploy.sh "$ENVIRONMENT" --undo-file build/undo\n', takes_signals=True),
        *again,
        health,
        Step(name="Record the release", run=_RECORD),
    )


def _way_back(environment: Environment, access: Access) -> tuple[Step, ...]:
    revert = Step(name="Take the record back", run=_REVERT)
    if environment.delivery == "argocd":
        return (replace(revert, name="Roll back"),)
    return (*again_to_undo(access), Step(name="Roll back", run=_UNDO, takes_signals=True), revert)
