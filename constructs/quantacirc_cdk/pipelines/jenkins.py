"""Jenkins: all pipelines in one declarative ``Jenkinsfile`` for a multibranch project, stage after stage."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from quantacirc_cdk.pipelines.model import GIT_USER, TOKENS, Condition, Job, Pipeline, Step
from quantacirc_cdk.pipelines.text import HEADING
from quantacirc_cdk.text import groovy, shell

APPROVAL_DAYS = 7
"""How long a run waits for an approval before it ends."""

# The address has the host; gh reads the token for another one than github.com from another variable.
_COMMENT = (
    "GH_ENTERPRISE_TOKEN=$GH_TOKEN "
    'gh pr comment "$CHANGE_URL" --edit-last --create-if-none --body-file "$COMMENT_FILE"\n'
)


def jenkinsfile(pipelines: Sequence[Pipeline], default_branch: str) -> str:
    """Return the ``Jenkinsfile``."""
    not_scheduled = "not { triggeredBy 'TimerTrigger' }"
    conditions: dict[Condition, list[str]] = {
        "always": [not_scheduled],
        "pull-request": ["changeRequest()"],
        "default-branch": [f"branch {groovy.quoted(default_branch)}", not_scheduled],
        "schedule": ["triggeredBy 'TimerTrigger'"],
    }
    stages: list[str] = []
    for pipeline in pipelines:
        for name, jobs in groupby(pipeline.jobs, key=lambda job: job.stage):
            copies = [
                _stage(job, copy, {**conditions, **_limited(conditions, job.paths or pipeline.paths)}, default_branch)
                for job in jobs
                for copy in job.copies
            ]
            stages += copies[0] if len(copies) == 1 else _block(f"stage({groovy.quoted(name)})", _parallel(copies))
    body = [
        "agent none",
        # Runs of a branch may overlap: one that waits for an approval must not hold up what is merged after it.
        *_block("options", ["buildDiscarder(logRotator(numToKeepStr: '50'))"]),
        *_triggers(pipelines, default_branch),
        *_block("stages", stages),
    ]
    text = "\n".join([f"// {HEADING}", *_block("pipeline", body)]) + "\n"
    return text.replace(RAW, "")


def _triggers(pipelines: Sequence[Pipeline], default_branch: str) -> list[str]:
    """Return the schedules, on the default branch only, because each branch has its own Jenkinsfile."""
    times = [pipeline.schedule for pipeline in pipelines if pipeline.schedule]
    if not times:
        return []
    lines = "\\n".join(["TZ=Etc/UTC", *times])
    return _block("triggers", [f"cron(env.BRANCH_NAME == {groovy.quoted(default_branch)} ? '{lines}' : '')"])


def _limited(conditions: Mapping[Condition, list[str]], paths: Sequence[str]) -> dict[Condition, list[str]]:
    """Return the condition for merged changes, limited to changes of ``paths`` and manually started runs."""
    if not paths:
        return {}
    changes = [f"changeset pattern: {groovy.quoted(path)}, comparator: 'GLOB'" for path in paths]
    changed = _block("anyOf", [*changes, "triggeredBy cause: 'UserIdCause'"])
    return {"default-branch": [*conditions["default-branch"], *changed]}


def _parallel(stages: Iterable[list[str]]) -> list[str]:
    return _block("parallel", [line for stage in stages for line in stage])


def _stage(
    job: Job, copy: Mapping[str, str], conditions: Mapping[Condition, list[str]], default_branch: str
) -> list[str]:
    name = f"{job.name} ({copy[next(iter(copy))]})" if copy else job.name
    lines = _block("when", ["beforeAgent true", "beforeInput true", *conditions[job.when]])
    options = [] if job.checkout else ["skipDefaultCheckout()"]
    if job.deployment and job.deployment.approval:
        options.append(f"timeout(time: {APPROVAL_DAYS}, unit: 'DAYS')")
        question, ok = ("Deploy to", "Deploy") if job.group is None else (f"Run {job.name} in", "Run")
        message = f"{question} {job.deployment.environment}?"
        lines += _block("input", [f"message {groovy.quoted(message)}", f"ok {groovy.quoted(ok)}"])
    if options:
        lines += _block("options", options)
    lines += _agent(job, copy)
    if environment := _environment(job, copy, default_branch):
        lines += _block("environment", environment)
    # The limit is inside of the steps: around them it would also count the time spent waiting for an approval.
    timeout = f"timeout(time: {job.timeout_minutes}, unit: 'MINUTES')"
    steps = _recovering(job, _with_tokens(job, _block(timeout, _steps(job))))
    if job.lock:  # not as an option of the stage, which would hold the lock during the approval
        steps = _block(f"lock(resource: {groovy.quoted(job.lock)})", steps)
    lines += _block("steps", steps)
    return _block(f"stage({groovy.quoted(name)})", lines)


def _agent(job: Job, copy: Mapping[str, str]) -> list[str]:
    image = copy[job.image_variable] if job.image_variable else job.runner.image
    label = f"label {groovy.quoted(job.runner.label)}"
    if image is None:
        return _block("agent", [label])
    return _block("agent", _block("docker", [label, f"image {groovy.quoted(image)}"]))


def _environment(job: Job, copy: Mapping[str, str], default_branch: str) -> list[str]:
    scope = _scope(job)
    context = {"BASE_BRANCH": '"${env.CHANGE_TARGET}"', "DEFAULT_BRANCH": groovy.environment(default_branch)}
    # It has no issues.
    scopes = dict.fromkeys((*(("contents",) if job.uses_git else ()), *job.writes))
    tokens = {TOKENS[scope]: _credentials(TOKENS[scope]) for scope in scopes if scope != "issues"}
    values: dict[str, str] = {
        **{name: groovy.environment(value) for name, value in job.environment.items()},
        **{name: groovy.environment(copy[name]) for name in job.axes},
        **{name: context[name] for name in job.context},
        # Jenkins has no variables of an environment: PROD's has _PROD behind its name.
        **{name: f"\"${{env.{name}{scope} ?: ''}}\"" for name in job.variables},
        **({} if job.lock else {name: _credentials(variable) for name, variable in _tokens(job).items()}),
        **({GIT_USER: "\"${env.GIT_USER ?: 'x-access-token'}\""} if job.uses_git else {}),
        **tokens,
        **({job.cache.variable: f'"${{env.WORKSPACE}}/{job.cache.path}"'} if job.cache else {}),
        **{name: f'"${{env.WORKSPACE}}/{path}"' for name, path in job.files.items()},
        **(
            {"COMMENT_FILE": groovy.environment(job.comment), "GH_TOKEN": _credentials("REVIEW_TOKEN")}
            if job.comment
            else {}
        ),
    }
    return [f"{name} = {value}" for name, value in values.items()]


def _scope(job: Job) -> str:
    end = job.scope or (job.deployment.environment if job.deployment else "")
    return f"_{end.upper().replace('-', '_')}" if end else ""


def _tokens(job: Job) -> dict[str, str]:
    """Return the names of the credentials with the job's identity tokens, by variable."""
    return {name: f"{name.removesuffix('_FILE')}{_scope(job)}" for name in job.identity_tokens}


def _with_tokens(job: Job, steps: list[str]) -> list[str]:
    """Return steps of a job with a lock and its identity tokens, which are issued when the block begins: for the whole
    stage, they would expire while the job waits for its lock, and during a deployment that has to be rolled back.
    """
    if not job.lock or not job.identity_tokens:
        return steps
    files = [
        f"file(credentialsId: {_id(credentials)}, variable: {groovy.quoted(name)})"
        for name, credentials in _tokens(job).items()
    ]
    return _block(f"withCredentials([{', '.join(files)}])", steps)


def _id(variable: str) -> str:
    return groovy.quoted(variable.lower().replace("_", "-"))


def _credentials(variable: str) -> str:
    return f"credentials({_id(variable)})"


def _steps(job: Job) -> list[str]:
    lines = [f"unstash {groovy.quoted(artifact.name)}" for artifact in job.consumes]
    for step in job.steps:
        lines += _shell(step)
    if job.comment:
        lines += _shell(Step(name="Comment on the pull request", run=_COMMENT))
    if job.issue:
        found = Step(name="Report it", run=f"test ! -s {shell.quoted(job.issue.file)}\n")
        message = groovy.quoted(job.issue.title)
        outcome = f"catchError(buildResult: 'UNSTABLE', stageResult: 'UNSTABLE', message: {message})"
        lines += _block(outcome, _shell(found))
        lines.append(f"archiveArtifacts artifacts: {groovy.quoted(job.issue.file)}, allowEmptyArchive: true")
    for artifact in job.produces:
        pattern = f"{artifact.path}**" if artifact.path.endswith("/") else artifact.path
        lines.append(f"stash name: {groovy.quoted(artifact.name)}, includes: {groovy.quoted(pattern)}")
        lines.append(f"archiveArtifacts artifacts: {groovy.quoted(pattern)}, fingerprint: true")
    return lines


def _recovering(job: Job, steps: list[str]) -> list[str]:
    """Return the steps with those for their failure and their end: not in ``post``, which runs without the lock."""
    parts = [("try", steps)]
    if job.on_failure:
        shells = [line for step in job.on_failure for line in _shell(step)]
        if any(step.proves for step in job.on_failure):
            shells = _with_tokens(job, shells)
        again = "catchError(buildResult: 'FAILURE', stageResult: 'FAILURE', message: 'The rollback has failed')"
        parts.append(("catch (failure)", [*_block(again, shells), "throw failure"]))
    if job.cleanup:
        parts.append(("finally", [line for step in job.cleanup for line in _shell(step)]))
    if len(parts) == 1:
        return steps
    lines: list[str] = []
    for head, body in parts:
        block = _block(head, body)
        lines = [*lines[:-1], f"}} {block[0]}", *block[1:]] if lines else block
    return _block("script", lines)


def _shell(step: Step) -> list[str]:
    script = groovy.script(step.run.rstrip())
    lines = ["#!/usr/bin/env bash", "set -euo pipefail", *script.split("\n")]
    # The script keeps its own indentation: a shebang counts in the first column only.
    return [
        f"sh label: {groovy.quoted(step.name)}, script: '''{lines[0]}",
        *(RAW + line for line in lines[1:]),
        f"{RAW}'''",
    ]


RAW = "\0"
"""Marks a line of a script, which is not indented."""


def _block(head: str, lines: Iterable[str]) -> list[str]:
    return [f"{head} {{", *(line if line.startswith(RAW) else f"    {line}" for line in lines), "}"]
