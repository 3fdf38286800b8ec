"""GitHub Actions: one workflow for each pipeline."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from quantacirc_cdk.pipelines.actions import (
    ARGUMENTS,
    CACHE,
    CHECKOUT,
    DOWNLOAD,
    NOT_ON_PATH,
    SETUP_PYTHON,
    TOOLS,
    UPLOAD,
    pinned,
)
from quantacirc_cdk.pipelines.actions import with_versions as with_versions_of_actions
from quantacirc_cdk.pipelines.changes import what_differs
from quantacirc_cdk.pipelines.identity import STOP, identities, kept
from quantacirc_cdk.pipelines.model import GIT_USER, TOKENS, Artifact, Condition, Context, Job, Pipeline, Step, Tool
from quantacirc_cdk.pipelines.text import HEADING, to_yaml
from quantacirc_cdk.text.github import expression, literal

_CONTEXT: Mapping[Context, str] = {
    "BASE_BRANCH": expression("github.base_ref"),
    "DEFAULT_BRANCH": expression("github.event.repository.default_branch"),
}
_CONDITIONS: Mapping[Condition, str | None] = {
    "always": None,
    "pull-request": "github.event_name == 'pull_request'",
    "default-branch": None,  # the workflow has no other trigger
    "schedule": None,
}
_REASONS = {
    "actions: read": "to see that the environment asks for an approval",
    "contents: write": "to commit",
    "id-token: write": "to prove who we are, in place of keys",
    "issues: write": "to report drift",
    "pull-requests: write": "to comment, or to open one",
}
# A pull request from a fork has no token that could write.
_FROM_HERE = "github.event.pull_request.head.repo.full_name == github.repository"

# On GitHub Enterprise Server, gh must know the host, and reads the token of another variable.
_HOST = "export GH_HOST=${GITHUB_SERVER_URL#*://} GH_ENTERPRISE_TOKEN=$GH_TOKEN\n"
# A job of an environment that nobody has protected would start at once: better that it fails.
_PROTECTED = """\
rules=$(gh api "repos/$GH_REPO/environments/$NAME" --jq '[.protection_rules[].type] | join(" ")')
case " $rules " in
*" required_reviewers "*) ;;
*)
  echo "error: the environment $NAME has no required reviewers; see docs/pipelines.md" >&2
  exit 1
  ;;
esac
"""
_COMMENT = 'gh pr comment "$PULL_REQUEST" --edit-last --create-if-none --body-file "$COMMENT_FILE"\n'
_ISSUE = """\
number=$(gh issue list --state open --limit 1000 --json number,title |
  jq --raw-output --arg title "$ISSUE_TITLE" 'map(select(.title == $title)) | first | .number // empty')
if [ -s "$ISSUE_FILE" ] && [ -n "$number" ]; then
  gh issue edit "$number" --body-file "$ISSUE_FILE"
elif [ -s "$ISSUE_FILE" ]; then
  gh issue create --title "$ISSUE_TITLE" --body-file "$ISSUE_FILE"
elif [ -n "$number" ]; then
  gh issue close "$number" --comment "There is nothing to report any more."
fi
"""
USER = "x-access-token"
"""User name that goes with each token."""
CHANGES = "changes"
"""Job that finds which of the others have changed files: GitHub has no such condition for a job."""


OwnWorkflows = Literal["$/", "./"]
"""How a workflow refers to another one of its repository and commit. ``$/`` also satisfies an organization that
requires every action to be pinned by commit, but needs github.com and runners from 2.336
(https://github.blog/changelog/2026-07-30-reference-same-repository-actions-with-self-repository-syntax/)."""


def workflows(pipelines: Sequence[Pipeline], default_branch: str, own_workflows: OwnWorkflows) -> dict[str, str]:
    """Return the workflows by file name, one for each pipeline: ``ci.yml``, ``cd.yml``."""
    return {
        f"{pipeline.name}.yml": _workflow(pipeline, pipelines, default_branch, own_workflows) for pipeline in pipelines
    }


def _workflow(
    pipeline: Pipeline, pipelines: Sequence[Pipeline], default_branch: str, own_workflows: OwnWorkflows
) -> str:
    jobs: dict[str, Any] = {}
    if pipeline.after:
        before = next(other for other in pipelines if other.name == pipeline.after)
        jobs[before.name] = {
            "permissions": _permissions(before.jobs),
            "uses": f"{own_workflows}.github/workflows/{before.name}.yml",
        }
    if limited := [job for job in pipeline.jobs if job.paths]:
        jobs[CHANGES] = _changes(limited, pipeline)
    for job in pipeline.jobs:
        jobs[job.name] = _job(job, pipeline)
    data = {
        "name": pipeline.name,
        "on": _triggers(pipeline, default_branch),
        "permissions": {"contents": "read"},
        **_concurrency(pipeline),
        "defaults": {"run": {"shell": "bash"}},  # which is `bash -eo pipefail`
        "jobs": jobs,
    }
    return _with_reasons(with_versions_of_actions(to_yaml(data, HEADING).replace("\n'on':", "\non:", 1)))


def _concurrency(pipeline: Pipeline) -> dict[str, Any]:
    # A run that waits for an approval would hold a group for days; so each job has a separate group.
    if not pipeline.cancel_superseded:
        return {}
    # A called workflow carries its caller's name: with this one's in the group the two do not wait for each other.
    # Only pull requests share a group: in a group, a newer run also cancels one that waits.
    which = expression("github.event_name == 'pull_request' && github.ref || github.run_id")
    group = f"{pipeline.name}-{which}"
    return {"concurrency": {"group": group, "cancel-in-progress": True}}


def _triggers(pipeline: Pipeline, default_branch: str) -> dict[str, Any]:
    if pipeline.schedule:
        return {"schedule": [{"cron": pipeline.schedule}], "workflow_dispatch": {}}
    if pipeline.after:
        return {"push": {"branches": [default_branch], **({"paths": list(pipeline.paths)} if pipeline.paths else {})}}
    # Once for each commit of a pull request, and by hand. On the default branch, the next pipeline calls it.
    return {"pull_request": {}, "merge_group": {}, "workflow_call": {}, "workflow_dispatch": {}}


def _permissions(jobs: Sequence[Job]) -> dict[str, str]:
    scopes = {"contents": "read"} | {scope: "write" for job in jobs for scope in job.writes}
    if any(job.deployment and job.deployment.approval for job in jobs):
        scopes["actions"] = "read"  # to check that an approval is required
    if any(job.identity_tokens for job in jobs):
        scopes["id-token"] = "write"
    return scopes


def _with_reasons(text: str) -> str:
    """Return a workflow with the reason for a permission as a comment behind it."""
    for permission, reason in _REASONS.items():
        text = re.sub(rf"^( +{permission})$", rf"\1 # {reason}", text, flags=re.MULTILINE)
    return text


def _job(job: Job, pipeline: Pipeline) -> dict[str, Any]:
    first = next(iter(job.matrix[0])) if job.matrix else None
    data: dict[str, Any] = {"name": f"{job.name} ({expression(f'matrix.{first}')})" if first else job.name}
    first_needs = [pipeline.after] if pipeline.after and not job.needs else []
    needs = [*first_needs, *job.needs]
    if job.paths or any(pipeline.job(name).paths for name in job.needs):
        needs.append(CHANGES)
    # A pull request from a fork has no identity either.
    ours = _FROM_HERE if job.comment or (job.when == "pull-request" and job.identity_tokens) else None
    conditions = [_CONDITIONS[job.when], ours, *_after_skipped(job, pipeline, needs)]
    if condition := " && ".join(part for part in conditions if part):
        data["if"] = condition
    if needs:
        data["needs"] = needs
    data["runs-on"] = job.runner.github
    data["timeout-minutes"] = job.timeout_minutes
    permissions = _permissions([job])
    if not job.checkout:
        del permissions["contents"]
    if permissions != {"contents": "read"}:
        data["permissions"] = permissions
    if job.deployment:
        data["environment"] = {"name": job.deployment.environment, "url": literal(job.deployment.url)}
        data["concurrency"] = {"group": job.lock, "cancel-in-progress": False}
    elif job.group:
        data["concurrency"] = {"group": job.group, "cancel-in-progress": False}
    else:
        data |= _own_group(job.name, pipeline, limited=bool(job.paths))
    if job.matrix:
        # GitHub's own Python takes the place of the image.
        cells = [{key: literal(copy[key]) for key in job.axes} for copy in job.matrix]
        data["strategy"] = {"fail-fast": False, "matrix": {"include": cells}}
    if environment := _environment(job):
        data["env"] = environment
    data["steps"] = _steps(job, pipeline)
    return data


def _own_group(name: str, pipeline: Pipeline, *, limited: bool) -> dict[str, Any]:
    """Return the group of a job without a lock. A newer run replaces one that waits in a group, so a job that looks at
    the files of one change has a separate group: the newer run does not look at them.
    """
    if pipeline.cancel_superseded:
        return {}
    which = expression("github.run_id" if limited else "github.ref")
    return {"concurrency": {"group": f"{name}-{which}", "cancel-in-progress": False}}


def _changes(jobs: Sequence[Job], pipeline: Pipeline) -> dict[str, Any]:
    """Return the job whose outputs say for each of ``jobs`` whether one of its files has changed."""
    before = expression("github.event_name == 'pull_request' && 'HEAD^1' || github.event.before")
    environment = {"BEFORE": before} if any(not job.applied for job in jobs) else {}
    if any(job.applied for job in jobs):
        environment |= {TOKENS["contents"]: expression("github.token"), GIT_USER: USER}
    condition = {"if": _CONDITIONS["pull-request"]} if all(job.when == "pull-request" for job in jobs) else {}
    return {
        "name": CHANGES,
        **condition,
        "runs-on": jobs[0].runner.github,
        "timeout-minutes": 5,
        **_own_group(CHANGES, pipeline, limited=True),
        "outputs": {job.name: expression(f"steps.{CHANGES}.outputs.{job.name}") for job in jobs},
        "steps": [
            _use("Check out", CHECKOUT, {"persist-credentials": False, "fetch-depth": 0}),
            {"name": "Find what has changed", "id": CHANGES, "env": environment,
             "run": f"set -u\n{what_differs(jobs)}"},
        ],
    }  # fmt: skip


def _after_skipped(job: Job, pipeline: Pipeline, needs: Sequence[str]) -> list[str]:
    """Return conditions of a job that runs where its own files have changed, or after jobs that may be skipped.

    By default, a job is skipped when any of the jobs before it was, also one that it does not need itself. So each
    job that it needs is named: those with ``paths`` may be skipped, if none of their files has changed.
    """
    if not job.paths and not any(pipeline.job(name).paths for name in pipeline.before(job)):
        return []
    optional = {name for name in job.needs if pipeline.job(name).paths}
    own = [f"needs.{CHANGES}.outputs.{job.name} == 'true'"] if job.paths else []
    certain = [f"needs.{name}.result == 'success'" for name in needs if name not in optional]
    skipped = [
        f"(needs.{name}.result == 'success' || needs.{CHANGES}.outputs.{name} != 'true')" for name in sorted(optional)
    ]
    return ["!cancelled()", *certain, *skipped, *own]


def _environment(job: Job) -> dict[str, str]:
    return {
        **{name: literal(value) for name, value in job.environment.items()},
        **{key: expression(f"matrix.{key}") for key in job.axes},
        **{name: _CONTEXT[name] for name in job.context},
        **{name: expression(f"vars.{name}{_suffix(job)}") for name in job.variables},
        **{name: f"build/tokens/{name.lower()}" for name in job.identity_tokens},
        **({job.cache.variable: f"{expression('github.workspace')}/{job.cache.path}"} if job.cache else {}),
        **{name: f"{expression('github.workspace')}/{path}" for name, path in job.files.items()},
    }


def _suffix(job: Job) -> str:
    return f"_{job.scope.upper().replace('-', '_')}" if job.scope else ""


def _steps(job: Job, pipeline: Pipeline) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    if job.deployment and job.deployment.approval:
        environment = {
            "GH_REPO": expression("github.repository"),
            "GH_TOKEN": expression("github.token"),
            "NAME": job.deployment.environment,
        }
        steps.append({"name": "Check that an approval is required", "env": environment, "run": _HOST + _PROTECTED})
    if job.checkout:
        # The token stays out of .git/config, where every program the job runs could read it.
        arguments: dict[str, Any] = {"persist-credentials": False}
        steps.append(_use("Check out", CHECKOUT, arguments | ({"fetch-depth": 0} if job.history else {})))
    if job.python:
        version = expression(f"matrix.{job.python[1:]}") if job.python.startswith("$") else job.python
        steps.append(_use("Set up Python", SETUP_PYTHON, {"python-version": version}))
    steps += [step for tool in job.tools for step in _install(tool)]
    if job.cache:
        steps.append(_use("Keep downloads", CACHE, _cache(job)))
    for artifact in job.consumes:
        take = _use(f"Take {artifact.name}", DOWNLOAD, {"name": artifact.name, "path": artifact.folder})
        if pipeline.optional(artifact):
            producer = next(other.name for other in pipeline.jobs if artifact in other.produces)
            take = {"if": f"needs.{producer}.result == 'success'", **take}
        steps.append(take)
    steps += kept(job)
    steps += [run for step in job.steps for run in (*identities(step, job), _run(step, job))]
    if job.comment:
        environment = {
            "COMMENT_FILE": job.comment,
            "GH_REPO": expression("github.repository"),
            "GH_TOKEN": expression("github.token"),
            "PULL_REQUEST": expression("github.event.pull_request.number"),
        }
        steps.append({"name": "Comment on the pull request", "env": environment, "run": _HOST + _COMMENT})
    if job.summary:
        show = 'cat "$SUMMARY_FILE" >>"$GITHUB_STEP_SUMMARY"\n'
        steps.append({"name": "Show the summary", "env": {"SUMMARY_FILE": job.summary}, "run": show})
    if job.issue:
        environment = {
            "GH_REPO": expression("github.repository"),
            "GH_TOKEN": expression("github.token"),
            "ISSUE_FILE": job.issue.file,
            "ISSUE_TITLE": literal(job.issue.title),
        }
        steps.append({"name": "Report it in an issue", "env": environment, "run": _HOST + _ISSUE})
    after = [run for step in job.on_failure for run in (*identities(step, job), _run(step, job))]
    steps += [{"if": "failure() || cancelled()", **run} for run in after]
    steps += [{"if": "always()", **_run(step, job)} for step in job.cleanup]
    if kept(job):
        steps.append({"if": "always()", **STOP})
    return steps + [_upload(artifact) for artifact in job.produces]


def _install(tool: Tool) -> list[dict[str, Any]]:
    install = _use(f"Install {tool}", TOOLS[tool], ARGUMENTS.get(tool, {}))
    if tool not in NOT_ON_PATH:
        return [install]
    environment = {"COMMAND": expression(f"steps.{tool}.outputs.{NOT_ON_PATH[tool]}")}
    to_path = {"name": f"Put {tool} on PATH", "env": environment, "run": 'dirname "$COMMAND" >>"$GITHUB_PATH"\n'}
    return [{"name": install["name"], "id": tool, "uses": install["uses"]}, to_path]


def _run(step: Step, job: Job) -> dict[str, Any]:
    # Only the step that names the token sees it. The own one may not push to a protected branch (docs/pipelines.md).
    # Secrets are those of an environment, which may require an approval.
    secret = "secrets.{} || github.token" if job.deployment else "github.token"
    used = {
        TOKENS[scope]: expression(secret.format(TOKENS[scope])) for scope in job.writes if TOKENS[scope] in step.run
    }
    if job.fetches and "contents" not in job.writes and TOKENS["contents"] in step.run:
        used = {TOKENS["contents"]: expression("github.token"), **used}
    if GIT_USER in step.run:
        used[GIT_USER] = USER
    script = step.run.rstrip()
    if step.takes_signals:
        before, _, last = script.rpartition("\n")
        script = f"{before}\nexec {last}".lstrip()
    return {"name": step.name} | ({"env": used} if used else {}) | {"run": f"set -u\n{script}\n"}


def _use(name: str, action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "uses": pinned(action)} | ({"with": dict(arguments)} if arguments else {})


def _cache(job: Job) -> dict[str, str]:
    assert job.cache  # noqa: S101  the caller looked
    files = ", ".join(f"'{name}'" for name in job.cache.key_files)
    version = "-" + expression(f"matrix.{job.python[1:]}") if job.python and job.python.startswith("$") else ""
    prefix = f"{job.cache.variable.lower().replace('_', '-')}-{expression('runner.os')}{version}-"
    return {"path": job.cache.path, "key": prefix + expression(f"hashFiles({files})"), "restore-keys": prefix}


def _upload(artifact: Artifact) -> dict[str, Any]:
    arguments = {
        "name": artifact.name,
        "path": artifact.path,
        "retention-days": artifact.retention_days,
        "if-no-files-found": "error",
    }
    return _use(f"Hand over {artifact.name}", UPLOAD, arguments)
