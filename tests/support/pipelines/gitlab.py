"""Read a GitLab pipeline."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from quantacirc_cdk.pipelines.gitlab import AT_END
from support.pipelines.jobs import ReadJob, Script, clean

Json = dict[str, Any]
WORDS = ("workflow", "stages")
OWN = (
    "COMMENT_FILE",
    "ISSUE_FILE",
    "ISSUE_TITLE",
    "GIT_USER",
    "IMAGE",
    "RUNNER_AFTER_SCRIPT_TIMEOUT",
    "GIT_DEPTH",
    "GIT_STRATEGY",
)
CONDITIONS = {
    '$CI_PIPELINE_SOURCE != "schedule"': "always",
    '$CI_PIPELINE_SOURCE == "merge_request_event"': "pull-request",
    '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE != "schedule"': "default-branch",
    '$CI_PIPELINE_SOURCE == "schedule"': "schedule",
}


def pipeline(folder: Path) -> Json:
    """Return the pipeline."""
    return dict(yaml.safe_load((folder / ".gitlab-ci.yml").read_text()))


def read_gitlab(folder: Path) -> list[ReadJob]:
    """Return the jobs in their order."""
    data = pipeline(folder)
    return [job for name in data if name not in WORDS for job in _jobs(name, data)]


def _jobs(name: str, whole: Json) -> Iterator[ReadJob]:
    data = whole[name]
    for cell in data.get("parallel", {}).get("matrix", [{}]):
        yield _job(f"{name} ({next(iter(cell.values()))})" if cell else name, data, whole, cell)


def _job(label: str, data: Json, whole: Json, cell: Json) -> ReadJob:
    (rule,) = data["rules"]
    variables = {**data.get("variables", {}), **cell}
    files = {f"{name}_FILE": token["aud"] for name, token in data.get("id_tokens", {}).items()}
    assert files.keys() <= variables.keys()
    after = data.get("after_script", [])
    text = "\n".join([*data["script"], *after])
    fixed = {
        key: value
        for key, value in variables.items()
        if str(value).startswith("$CI_PROJECT_DIR/")
        or not (key in OWN or key.endswith("_TOKEN_FILE") or str(value).startswith("$"))
    }
    return ReadJob(
        name=label,
        condition=CONDITIONS[rule["if"]],
        waits_for=_waits_for(data, whole),
        scripts=_scripts(data["script"]),
        on_failure=_scripts([entry for entry in after if not entry.startswith(AT_END)]),
        cleanup=_cleanup(after),
        approval=rule.get("when") == "manual" and rule.get("allow_failure") is False,
        environment=data.get("environment", {}).get("name"),
        fixed={key: str(value).replace("$CI_PROJECT_DIR", "<workspace>") for key, value in fixed.items()},
        tokens=frozenset(files)
        | {key for key, value in variables.items() if value == "$CI_JOB_TOKEN"}
        | {name for name in ("ISSUE_TOKEN", "REVIEW_TOKEN") if re.search(rf"\$\{{?{name}", text)},
        takes=_taken(data, whole),
        gives=frozenset(data.get("artifacts", {}).get("paths", [])),
        minutes=int(data["timeout"].split()[0]),
        comments="merge_requests/$CI_MERGE_REQUEST_IID/notes" in text,
        paths=frozenset(path.replace("/**/*", "/**") for path in rule.get("changes", [])),
        issue=variables.get("ISSUE_TITLE", ""),
        lock=data.get("resource_group", ""),
    )


def audiences(folder: Path) -> dict[str, dict[str, str]]:
    """Return for each job the audience of each token it asks for."""
    data = pipeline(folder)
    jobs = {name: job.get("id_tokens", {}) for name, job in data.items() if name not in WORDS}
    return {
        name: {f"{token}_FILE": value["aud"] for token, value in tokens.items()}
        for name, tokens in jobs.items()
        if tokens
    }


def _waits_for(data: Json, whole: Json) -> frozenset[str]:
    if "needs" in data:
        return frozenset(need["job"] for need in data["needs"])
    # GitLab's own rule: without `needs`, every job of every earlier stage.
    stages = whole["stages"]
    earlier = stages[: stages.index(data["stage"])]
    jobs = [name for name in whole if name not in WORDS and whole[name]["stage"] in earlier]
    always = [name for name in jobs if CONDITIONS[whole[name]["rules"][0]["if"]] == "always"]
    return frozenset(job.name for name in always for job in _jobs(name, whole))


def _taken(data: Json, whole: Json) -> frozenset[str]:
    found: set[str] = set()
    for need in data.get("needs", []):
        if need["artifacts"]:
            found |= set(whole[need["job"]]["artifacts"]["paths"])
    return frozenset(found)


def _cleanup(entries: list[str]) -> tuple[Script, ...]:
    found = [entry for entry in entries if entry.startswith(AT_END)]
    if not found:
        return ()
    assert entries.index(found[0]) == 1, "it must be set before anything can fail"
    frame = re.fullmatch(rf"{AT_END}\nfinish\(\) {{\n(.*)}}\ntrap finish EXIT\n", found[0], re.DOTALL)
    assert frame
    return _scripts(re.split(r"^(?=# )", frame[1], flags=re.MULTILINE))


def _scripts(entries: list[str]) -> tuple[Script, ...]:
    labelled = [entry for entry in entries if entry.startswith("# ")]
    return tuple(Script(entry.splitlines()[0].removeprefix("# "), clean(entry)) for entry in labelled)
