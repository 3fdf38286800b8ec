"""Validate pipelines before they are written in any dialect."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from quantacirc_cdk.errors import Problem, PropsError, nearest
from quantacirc_cdk.pipelines.model import Job, Pipeline, Step

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_PINNED = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
_CRON = re.compile(r"[0-9*/,-]+( [0-9*/,-]+){4}")
_EXPRESSION = re.compile(r"\$\{\{|\$\[\[")
MAX_TIMEOUT_MINUTES = 360
"""GitHub's limit for a job (https://docs.github.com/actions/reference/limits)."""
MAX_KEY_FILES = 2
"""GitLab's limit for a cache key (https://docs.gitlab.com/ci/yaml/#cachekeyfiles)."""


def check(pipelines: Sequence[Pipeline]) -> None:
    """Raise ``PropsError`` with all problems of the pipelines."""
    problems = [problem for pipeline in pipelines for problem in _pipeline(pipeline, pipelines)]
    names = Counter(job.name for pipeline in pipelines for job in pipeline.jobs)
    problems += [Problem(key=name, what="two jobs have this name") for name, count in names.items() if count > 1]
    scheduled = [pipeline.name for pipeline in pipelines if pipeline.schedule is not None]
    if len(scheduled) > 1:
        what = f"{len(scheduled)} pipelines with a schedule: GitLab and Jenkins run the jobs of all at each time"
        problems.append(Problem(key=", ".join(scheduled), what=what, expected="one"))
    if problems:
        raise PropsError(problems)


def _pipeline(pipeline: Pipeline, pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    earlier = [other.name for other in pipelines[: pipelines.index(pipeline)]]
    if pipeline.after is not None and pipeline.after not in earlier:
        yield Problem(
            key=pipeline.name, what=f'no pipeline "{pipeline.after}" before it', expected=nearest("", earlier)
        )
    if pipeline.schedule is not None and not _CRON.fullmatch(pipeline.schedule):
        yield Problem(key=pipeline.name, what=f'the schedule "{pipeline.schedule}"', expected="five fields of cron")
    seen: dict[str, Job] = {}
    for job in pipeline.jobs:
        key = f"{pipeline.name}/{job.name}"
        if (job.when == "schedule") != (pipeline.schedule is not None):
            expected = "schedule in a pipeline with a schedule, and nowhere else"
            yield Problem(key=key, what=f'runs when "{job.when}"', expected=expected)
        yield from _job(job, key)
        yield from _needs(job, key, seen, pipeline)
        seen[job.name] = job


def _job(job: Job, key: str) -> Iterator[Problem]:
    for name in (job.name, job.stage):
        if not _NAME.fullmatch(name):
            yield Problem(key=key, what=f'the name "{name}"', expected="lower-case letters, digits and dashes")
    for name in (
        *job.environment,
        *job.variables,
        *job.identity_tokens,
        *(name for copy in job.matrix for name in copy),
    ):
        if not _VARIABLE.fullmatch(name):
            yield Problem(key=key, what=f'the environment variable "{name}"', expected="upper-case letters, as in CI")
    for image in _images(job):
        if not _PINNED.fullmatch(image):
            yield Problem(key=key, what=f'the image "{image}" is not pinned', expected="name:tag@sha256:digest")
    if not 1 <= job.timeout_minutes <= MAX_TIMEOUT_MINUTES:
        yield Problem(key=key, what=f"a timeout of {job.timeout_minutes} minutes", expected="1 to 360")
    if job.cache and not 1 <= len(job.cache.key_files) <= MAX_KEY_FILES:
        yield Problem(key=key, what=f"a cache with {len(job.cache.key_files)} key files", expected="1 or 2")
    for name in job.identity_tokens:
        if not name.endswith("_FILE"):
            yield Problem(key=key, what=f'the identity token "{name}"', expected="a variable that ends in _FILE")
    if job.issue and "issues" not in job.writes:
        yield Problem(key=key, what="an issue without a token to write it", expected='writes=("issues",)')
    if job.applied and not (len(job.paths) == 1 and job.paths[0].endswith("/**")):
        yield Problem(key=key, what=f"{job.applied} to compare with", expected="one folder in paths, such as dist/**")
    if job.scope is not None and not _NAME.fullmatch(job.scope):
        yield Problem(key=key, what=f'the scope "{job.scope}"', expected="lower-case letters, digits and dashes")
    if job.paths and (job.when in ("always", "schedule")):
        yield Problem(key=key, what=f'paths in a job that runs when "{job.when}"', expected="a change to look at")
    if job.deployment and job.cache:
        yield Problem(
            key=key,
            what="a cache in a job that deploys",
            expected="none: anyone who can write to the cache could deploy",
        )
    if job.comment and (job.checkout or "pull-requests" not in job.writes):
        yield Problem(
            key=key, what="a comment from a job with the pull request's code", expected="no checkout, a token to write"
        )
    proved = {name for step in job.steps for name in step.proves}
    again = {name for step in job.on_failure for name in step.proves}
    if proved != set(job.identity_tokens) or again - proved:
        what = f"identity tokens {', '.join(sorted(job.identity_tokens)) or 'none'}, but steps that need "
        needed = proved | (again - set(job.identity_tokens))
        yield Problem(key=key, what=what + (", ".join(sorted(needed)) or "none"), expected="each in a step")
    for step in (*job.steps, *job.on_failure, *job.cleanup):
        yield from _step(step, f"{key}/{step.name}")


def _images(job: Job) -> list[str]:
    image, variable = job.runner.image, job.image_variable
    if image is None:
        return []
    return [copy.get(variable, image) for copy in job.copies] if variable else [image]


def _step(step: Step, key: str) -> Iterator[Problem]:
    if not step.run.strip():
        yield Problem(key=key, what="nothing to run")
    if _EXPRESSION.search(step.run):
        # GitHub inserts an expression before bash parses the script: a branch named $(...) would run.
        yield Problem(key=key, what="an expression inside a script", expected="an environment variable")
    if "'''" in step.run:
        yield Problem(key=key, what="three single quotes", expected="none: they end a Groovy string")


def _needs(job: Job, key: str, seen: dict[str, Job], pipeline: Pipeline) -> Iterator[Problem]:
    for name in job.needs:
        if name not in seen:
            yield Problem(key=key, what=f'needs "{name}", which is not an earlier job', expected=nearest(name, seen))
        elif seen[name].stage == job.stage:
            yield Problem(key=key, what=f'needs "{name}" of the same stage', expected="a job of an earlier stage")
        elif seen[name].when not in ("always", job.when) and pipeline.after is None:
            yield Problem(key=key, what=f'needs "{name}", which runs less often', expected="the same condition")
    last = pipeline.stages.index(job.stage)
    if any(pipeline.stages.index(other.stage) > last for other in seen.values()):
        yield Problem(key=key, what=f'comes after jobs of stages that follow "{job.stage}"', expected="stages in order")
    produced = {artifact.name: artifact for name in _ancestors(job, seen) for artifact in seen[name].produces}
    for artifact in job.consumes:
        if produced.get(artifact.name) != artifact:
            what = f'no job it needs produces "{artifact.name}"'
            yield Problem(key=key, what=what, expected=nearest(artifact.name, produced))


def _ancestors(job: Job, seen: dict[str, Job]) -> set[str]:
    found: set[str] = set()
    waiting = [name for name in job.needs if name in seen]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for other in seen[name].needs if other in seen]
    return found
