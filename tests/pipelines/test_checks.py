"""What no server would run, or would run for anybody, is refused before a file is written."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.pipelines import Pipeline, write_pipelines
from quantacirc_cdk.pipelines.checks import check
from quantacirc_cdk.pipelines.model import Artifact, Cache, Deployment, Job, Runner, Step

DIGEST = f"@sha256:{'a' * 64}"
RUNNER = Runner(github="ubuntu-24.04", label="linux", image=f"python:3.11{DIGEST}")
WHEEL = Artifact(name="wheel", path="build/")
CACHE = Cache(variable="PIP_CACHE_DIR", path=".pip", key_files=("a.lock",))
PROD = Deployment(environment="prod", url="https://example.org", approval=True)


def job(name: str = "test", stage: str = "check", **more: Any) -> Job:
    return Job(
        **{"name": name, "stage": stage, "runner": RUNNER, "steps": (Step(name="run", run="make test\n"),), **more}
    )


def pipeline(*jobs: Job, **more: Any) -> Pipeline:
    return Pipeline(**{"name": "ci", "jobs": jobs or (job(),), **more})


def step(**more: Any) -> tuple[Step, ...]:
    return (Step(**{"name": "run", "run": "make test\n", **more}),)


def refusals(*pipelines: Pipeline) -> list[str]:
    """Return what is refused, a line for each problem."""
    try:
        check(pipelines)
    except PropsError as error:
        return str(error).splitlines()
    return []


TAKEN: Mapping[str, Callable[[], tuple[Pipeline, ...]]] = {
    "the longest and the shortest job": lambda: (
        pipeline(job(timeout_minutes=1), job("long", timeout_minutes=360)),
    ),
    "a name of 63 characters": lambda: (pipeline(job("a" * 63)),),
    "two files for the key of a cache": lambda: (
        pipeline(job(cache=replace(CACHE, key_files=("a.lock", "b.lock")))),
    ),
    "a runner that has the tools": lambda: (pipeline(job(runner=replace(RUNNER, image=None))),),
    "an image for each copy": lambda: (
        pipeline(
            job(
                runner=replace(RUNNER, image="$IMAGE"),
                matrix=({"PYTHON": "3.11", "IMAGE": f"python:3.11{DIGEST}"},),
            )
        ),
    ),
    "a deployment without a cache": lambda: (pipeline(job(deployment=PROD)),),
    "a comment from a job without the code": lambda: (
        pipeline(job(comment="diff.md", checkout=False, writes=("pull-requests",))),
    ),
    "a token that one step proves itself with": lambda: (
        pipeline(job(identity_tokens={"AWS_TOKEN_FILE": "sts"}, steps=step(proves=("AWS_TOKEN_FILE",)))),
    ),
    "a file from a job before the one it needs": lambda: (
        pipeline(
            job("build", "build", produces=(WHEEL,)),
            job("test", "check", needs=("build",)),
            job("publish", "release", needs=("test",), consumes=(WHEEL,)),
        ),
    ),
    "a deployment after what always runs": lambda: (
        pipeline(job(), job("deploy", "deploy", needs=("test",), when="default-branch")),
    ),
    "the second pipeline with jobs of one branch": lambda: (
        pipeline(),
        pipeline(
            job("build", "build", when="default-branch"),
            job("scan", "scan", needs=("build",)),
            name="cd",
            after="ci",
        ),
    ),
    "a schedule": lambda: (pipeline(job(when="schedule"), schedule="17 5 * * 1"),),
    "a matrix": lambda: (pipeline(job(matrix=({"PYTHON": "3.11"}, {"PYTHON": "3.14"}))),),
    "a shell variable": lambda: (pipeline(job(steps=step(run='echo "${HOME}" $((1 + 1)) \'\'\n'))),),
}  # fmt: skip


@pytest.mark.parametrize("what", TAKEN)
def test_what_every_server_runs_is_taken(what: str) -> None:
    assert refusals(*TAKEN[what]()) == []


REFUSED: Mapping[str, tuple[Callable[[], tuple[Pipeline, ...]], str]] = {
    "the pipeline before is not there": (lambda: (pipeline(after="build"),), 'ci: no pipeline "build" before it'),
    "the pipeline before comes later": (
        lambda: (pipeline(after="cd"), pipeline(job("other"), name="cd")),
        'ci: no pipeline "cd" before it',
    ),
    "six fields of cron": (
        lambda: (pipeline(job(when="schedule"), schedule="0 17 5 * * 1"),),
        'ci: the schedule "0 17 5 * * 1", expected five fields of cron',
    ),
    "a schedule for a job that always runs": (
        lambda: (pipeline(schedule="17 5 * * 1"),),
        'ci/test: runs when "always", expected schedule in a pipeline with a schedule, and nowhere else',
    ),
    "two jobs of one name": (lambda: (pipeline(), pipeline(name="cd")), "test: two jobs have this name"),
    "a name that no server takes": (lambda: (pipeline(job("Test")),), 'ci/Test: the name "Test"'),
    "a name of 64 characters": (lambda: (pipeline(job("a" * 64)),), f'the name "{"a" * 64}"'),
    "a stage that no server takes": (lambda: (pipeline(job(stage="a b")),), 'ci/test: the name "a b"'),
    "a fixed variable in lower case": (
        lambda: (pipeline(job(environment={"path": "x"})),),
        'ci/test: the environment variable "path", expected upper-case letters, as in CI',
    ),
    "a variable of people with a dash": (lambda: (pipeline(job(variables=("A-B",))),), 'variable "A-B"'),
    "a variable of the matrix that starts with a digit": (
        lambda: (pipeline(job(matrix=({"1A": "x"},))),),
        'variable "1A"',
    ),
    "an identity token in lower case": (
        lambda: (pipeline(job(identity_tokens={"a_FILE": "sts"}, steps=step(proves=("a_FILE",)))),),
        'variable "a_FILE"',
    ),
    "an image by its tag": (
        lambda: (pipeline(job(runner=replace(RUNNER, image="python:3.11"))),),
        'ci/test: the image "python:3.11" is not pinned, expected name:tag@sha256:digest',
    ),
    "an image of a digest that is cut off": (
        lambda: (pipeline(job(runner=replace(RUNNER, image=f"python{DIGEST}"[:-1]))),),
        "is not pinned",
    ),
    "one copy's image by its tag": (
        lambda: (
            pipeline(
                job(
                    runner=replace(RUNNER, image="$IMAGE"),
                    matrix=(
                        {"PYTHON": "3.11", "IMAGE": f"python:3.11{DIGEST}"},
                        {"PYTHON": "3.14", "IMAGE": "python:3.14"},
                    ),
                )
            ),
        ),
        'the image "python:3.14" is not pinned',
    ),
    "one copy without an image": (
        lambda: (
            pipeline(
                job(
                    runner=replace(RUNNER, image="$IMAGE"),
                    matrix=({"PYTHON": "3.11", "IMAGE": f"python:3.11{DIGEST}"}, {"PYTHON": "3.14"}),
                )
            ),
        ),
        'the image "$IMAGE" is not pinned',
    ),
    "no time": (lambda: (pipeline(job(timeout_minutes=0)),), "ci/test: a timeout of 0 minutes, expected 1 to 360"),
    "more time than GitHub gives": (lambda: (pipeline(job(timeout_minutes=361)),), "a timeout of 361 minutes"),
    "a cache that never changes": (
        lambda: (pipeline(job(cache=replace(CACHE, key_files=()))),),
        "ci/test: a cache with 0 key files, expected 1 or 2",
    ),
    "three files for the key of a cache": (
        lambda: (pipeline(job(cache=replace(CACHE, key_files=("a", "b", "c")))),),
        "a cache with 3 key files",
    ),
    "an identity token that is no file": (
        lambda: (pipeline(job(identity_tokens={"TOKEN": "sts"}, steps=step(proves=("TOKEN",)))),),
        'ci/test: the identity token "TOKEN", expected a variable that ends in _FILE',
    ),
    "a cache in a job that deploys": (
        lambda: (pipeline(job(deployment=PROD, cache=CACHE)),),
        "ci/test: a cache in a job that deploys, expected none: anyone who can write to the cache could deploy",
    ),
    "a comment beside the code of a pull request": (
        lambda: (pipeline(job(comment="diff.md", writes=("pull-requests",))),),
        "ci/test: a comment from a job with the pull request's code",
    ),
    "a comment without the right to write one": (
        lambda: (pipeline(job(comment="diff.md", checkout=False, writes=("contents",))),),
        "ci/test: a comment from a job with the pull request's code",
    ),
    "a token that no step needs": (
        lambda: (pipeline(job(identity_tokens={"AWS_TOKEN_FILE": "sts"})),),
        "ci/test: identity tokens AWS_TOKEN_FILE, but steps that need none, expected each in a step",
    ),
    "a token that a step needs and nobody gives": (
        lambda: (pipeline(job(steps=step(proves=("AWS_TOKEN_FILE",)))),),
        "ci/test: identity tokens none, but steps that need AWS_TOKEN_FILE",
    ),
    "a token that only a step after a failure needs": (
        lambda: (
            pipeline(
                job(
                    identity_tokens={"A_FILE": "sts"},
                    on_failure=(Step(name="again", run="true", proves=("A_FILE",)),),
                )
            ),
        ),
        "ci/test: identity tokens A_FILE, but steps that need none",
    ),
    "a token that nobody gives to a step after a failure": (
        lambda: (pipeline(job(on_failure=(Step(name="again", run="true", proves=("A_FILE",)),))),),
        "ci/test: identity tokens none, but steps that need A_FILE",
    ),
    "a step with nothing to run": (lambda: (pipeline(job(steps=step(run=" \n"))),), "ci/test/run: nothing to run"),
    "an expression of GitHub in a script": (
        lambda: (pipeline(job(steps=step(run="echo ${{ github.head_ref }}\n"))),),
        "ci/test/run: an expression inside a script, expected an environment variable",
    ),
    "an expression of GitLab in a script": (
        lambda: (pipeline(job(steps=step(run="echo $[[ inputs.branch ]]\n"))),),
        "ci/test/run: an expression inside a script",
    ),
    "an expression in what runs after a failure": (
        lambda: (pipeline(job(on_failure=step(name="undo", run="echo ${{ github.head_ref }}\n"))),),
        "ci/test/undo: an expression inside a script",
    ),
    "the end of a string of Groovy": (
        lambda: (pipeline(job(steps=step(run="echo '''\n"))),),
        "ci/test/run: three single quotes, expected none: they end a Groovy string",
    ),
    "a need of a job that comes later": (
        lambda: (pipeline(job(needs=("deploy",)), job("deploy", "deploy")),),
        'ci/test: needs "deploy", which is not an earlier job',
    ),
    "a need of a job beside it": (
        lambda: (pipeline(job(), job("lint", needs=("test",))),),
        'ci/lint: needs "test" of the same stage, expected a job of an earlier stage',
    ),
    "a need of a job that runs less often": (
        lambda: (pipeline(job(when="pull-request"), job("deploy", "deploy", needs=("test",))),),
        'ci/deploy: needs "test", which runs less often, expected the same condition',
    ),
    "a stage that has begun before the last": (
        lambda: (pipeline(job(), job("deploy", "deploy"), job("lint")),),
        'ci/lint: comes after jobs of stages that follow "check", expected stages in order',
    ),
    "a file of a job that it does not need": (
        lambda: (
            pipeline(job("build", "build", produces=(WHEEL,)), job(consumes=(WHEEL,))),
        ),
        'ci/test: no job it needs produces "wheel"',
    ),
    "a file that is at another place": (
        lambda: (
            pipeline(
                job("build", "build", produces=(WHEEL,)),
                job(needs=("build",), consumes=(replace(WHEEL, path="dist/"),)),
            ),
        ),
        'ci/test: no job it needs produces "wheel"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_a_server_would_not_run_or_run_for_anybody_is_refused(what: str, tmp_path: Path) -> None:
    make, said = REFUSED[what]
    found = refusals(*make())
    assert [line for line in found if said in line], found
    with pytest.raises(PropsError):
        write_pipelines(make(), tmp_path, default_branch="main")
    assert list(tmp_path.iterdir()) == []


def test_every_problem_of_every_pipeline_is_said_at_once() -> None:
    found = refusals(pipeline(job(timeout_minutes=0)), pipeline(job("other", steps=step(run="")), name="cd"))
    assert len([line for line in found if "timeout" in line or "nothing to run" in line]) == 2
