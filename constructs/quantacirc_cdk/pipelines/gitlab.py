"""GitLab CI/CD: all pipelines in one ``.gitlab-ci.yml``, one after the other."""

from collections.abc import Mapping, Sequence
from typing import Any

from quantacirc_cdk.pipelines.model import GIT_USER, TOKENS, Condition, Context, Job, Pipeline, Step
from quantacirc_cdk.pipelines.text import HEADING, to_yaml
from quantacirc_cdk.text.gitlab import literal

_CONTEXT: Mapping[Context, str] = {
    "BASE_BRANCH": "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "DEFAULT_BRANCH": "$CI_DEFAULT_BRANCH",
}
# A schedule runs all jobs whose rules do not say otherwise.
_CONDITIONS: Mapping[Condition, str] = {
    "always": '$CI_PIPELINE_SOURCE != "schedule"',
    "pull-request": '$CI_PIPELINE_SOURCE == "merge_request_event"',
    "default-branch": '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE != "schedule"',
    "schedule": '$CI_PIPELINE_SOURCE == "schedule"',
}
# The token goes through standard input: arguments are for every process to see. A job's own token may not comment.
_COMMENT = """\
printf 'PRIVATE-TOKEN: %s\\n' "$REVIEW_TOKEN" | curl --fail --silent --show-error --retry 3 --output /dev/null \\
  --header @- --data-urlencode "body@$COMMENT_FILE" \\
  "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
"""
_ISSUE = """\
call() {
  printf 'PRIVATE-TOKEN: %s\\n' "$ISSUE_TOKEN" |
    curl --fail --silent --show-error --retry 3 --header @- "$@" "$CI_API_V4_URL/projects/$CI_PROJECT_ID/$target"
}
target=issues
number=$(call --get --data-urlencode "search=$ISSUE_TITLE" --data-urlencode in=title --data-urlencode state=opened |
  jq --raw-output --arg title "$ISSUE_TITLE" 'map(select(.title == $title)) | first | .iid // empty')
target=issues${number:+/$number}
if [ -s "$ISSUE_FILE" ] && [ -n "$number" ]; then
  call --output /dev/null --request PUT --data-urlencode "description@$ISSUE_FILE"
elif [ -s "$ISSUE_FILE" ]; then
  call --output /dev/null --data-urlencode "title=$ISSUE_TITLE" --data-urlencode "description@$ISSUE_FILE"
elif [ -n "$number" ]; then
  call --output /dev/null --request PUT --data-urlencode state_event=close
fi
"""
_STRICT = "set -euo pipefail"
# A later pipeline looks only at the files that its own push changes (https://docs.gitlab.com/ci/yaml/#workflowrulesauto_cancel).
_TO_THE_END = {"auto_cancel": {"on_new_commit": "none"}}
AT_END = "# At the end, whatever happens"


def gitlab_ci(pipelines: Sequence[Pipeline]) -> str:
    """Return ``.gitlab-ci.yml``."""
    data: dict[str, Any] = {
        "workflow": {
            "auto_cancel": {"on_new_commit": "interruptible"},
            "rules": [  # one pipeline for a commit: the merge request's where there is one
                {"if": '$CI_PIPELINE_SOURCE == "schedule"', **_TO_THE_END},
                {"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'},
                # Before the next rule: a merge request from the deployed branch must not stop its deployments.
                {"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", **_TO_THE_END},
                {"if": "$CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS", "when": "never"},
                {"if": "$CI_COMMIT_BRANCH"},
            ],
        },
        "stages": [stage for pipeline in pipelines for stage in pipeline.stages],
    }
    for pipeline in pipelines:
        data |= {job.name: _job(job, pipeline) for job in pipeline.jobs}
    return to_yaml(data, HEADING)


def _job(job: Job, pipeline: Pipeline) -> dict[str, Any]:
    data: dict[str, Any] = {"stage": job.stage, "tags": [job.runner.label]}
    if job.runner.image:
        data["image"] = job.runner.image
    data["rules"] = [_rule(job, pipeline)]
    if job.needs or not pipeline.after:
        taken = {artifact.name for artifact in job.consumes}
        data["needs"] = [
            {
                "job": name,
                "artifacts": any(artifact.name in taken for artifact in pipeline.job(name).produces),
                **({"optional": True} if pipeline.job(name).paths else {}),
            }
            for name in _with_producers(job, pipeline)
        ]
    else:  # without `needs` it waits for every job of the earlier stages, which are the pipeline it comes after
        data["dependencies"] = []
    data |= {"timeout": f"{job.timeout_minutes} minutes", "interruptible": pipeline.cancel_superseded}
    if job.matrix:
        data["parallel"] = {"matrix": [{name: literal(value) for name, value in copy.items()} for copy in job.matrix]}
    if variables := _variables(job):
        data["variables"] = variables
    if job.identity_tokens:
        data["id_tokens"] = {
            variable.removesuffix("_FILE"): {"aud": audience} for variable, audience in job.identity_tokens.items()
        }
    if job.cache:
        data["cache"] = {"key": {"files": list(job.cache.key_files)}, "paths": [job.cache.path]}
    if job.deployment:
        data["environment"] = {"name": job.deployment.environment, "url": literal(job.deployment.url)}
    if job.lock:
        data["resource_group"] = job.lock
    return data | _scripts(job) | _artifacts(job)


def _with_producers(job: Job, pipeline: Pipeline) -> list[str]:
    """Return what a job needs and where its artifacts come from: GitLab hands over those of direct needs only."""
    taken = {artifact.name for artifact in job.consumes}
    producers = [other.name for other in pipeline.jobs if taken & {artifact.name for artifact in other.produces}]
    return list(dict.fromkeys([*job.needs, *producers]))


def _rule(job: Job, pipeline: Pipeline) -> dict[str, Any]:
    rule: dict[str, Any] = {"if": _CONDITIONS[job.when]}
    if paths := job.paths or pipeline.paths:
        rule["changes"] = [path.replace("/**", "/**/*") for path in paths]  # its globs end at files
    if job.deployment and job.deployment.approval:
        rule |= {"when": "manual", "allow_failure": False}  # what follows waits
    return rule


def _variables(job: Job) -> dict[str, str]:
    checkout = {"GIT_DEPTH": "0"} if job.history else {} if job.checkout else {"GIT_STRATEGY": "empty"}
    return {
        **checkout,
        **({"RUNNER_AFTER_SCRIPT_TIMEOUT": f"{job.timeout_minutes}m"} if job.on_failure or job.cleanup else {}),
        **{name: literal(value) for name, value in job.environment.items()},
        **{name: _CONTEXT[name] for name in job.context},
        **({GIT_USER: "gitlab-ci-token", TOKENS["contents"]: "$CI_JOB_TOKEN"} if job.uses_git else {}),
        **{variable: f"build/tokens/{variable.lower()}" for variable in job.identity_tokens},
        **({job.cache.variable: f"$CI_PROJECT_DIR/{job.cache.path}"} if job.cache else {}),
        **{name: f"$CI_PROJECT_DIR/{path}" for name, path in job.files.items()},
        **({name: f"${name}_{job.scope.upper().replace('-', '_')}" for name in job.variables} if job.scope else {}),
        **({"COMMENT_FILE": job.comment} if job.comment else {}),
        **({"ISSUE_FILE": job.issue.file, "ISSUE_TITLE": literal(job.issue.title)} if job.issue else {}),
    }


def _scripts(job: Job) -> dict[str, Any]:
    identity = [
        f'mkdir -p build/tokens\nprintf %s "${variable.removesuffix("_FILE")}" >"${variable}"\n'
        for variable in job.identity_tokens
    ]
    steps = [
        *(_script(step) for step in job.steps),
        *([_COMMENT] if job.comment else []),
        *([_ISSUE] if job.issue else []),
    ]
    scripts: dict[str, Any] = {"script": [_STRICT, *identity, *steps]}
    after = []
    if job.cleanup:  # a failure of what follows ends the script
        lines = "".join(map(_script, job.cleanup))
        after.append(f"{AT_END}\nfinish() {{\n{lines}}}\ntrap finish EXIT\n")
    if job.on_failure:
        succeeded = 'if [ "$CI_JOB_STATUS" = success ]; then exit 0; fi'
        after += [succeeded, *(_script(step) for step in job.on_failure)]
    if after:
        scripts["after_script"] = [_STRICT, *after]
    return scripts


def _script(step: Step) -> str:
    return f"# {step.name}\n{step.run.rstrip()}\n"


def _artifacts(job: Job) -> dict[str, Any]:
    if not job.produces:
        return {}
    days = max(artifact.retention_days for artifact in job.produces)
    paths = [artifact.path for artifact in job.produces]
    return {"artifacts": {"paths": paths, "expire_in": f"{days} days", "access": "developer"}}
