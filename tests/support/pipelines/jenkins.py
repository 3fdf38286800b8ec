"""Read a Jenkinsfile, with the Groovy that Jenkins runs on."""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from support.pipelines.jobs import ReadJob, Script, clean
from support.tools import require, unavailable

Json = dict[str, Any]
READER = Path(__file__).with_name("declarative.groovy")
GROOVY = Path("/usr/share/groovy/lib")
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Options of Java for a program that ends soon: a third of the time."""
CONDITIONS = {
    "not schedule": "always",
    "pull-request": "pull-request",
    "branch main and not schedule": "default-branch",
    "schedule": "schedule",
}


class RefusedError(Exception):
    """Groovy or the reader's rules found something wrong."""


def declarative(path: Path, branch: str = "main") -> Json:
    """Return the pipeline of a Jenkinsfile of a branch; raises ``RefusedError`` where Jenkins would not take it."""
    reader = _reader()
    assert reader.stdin
    assert reader.stdout
    reader.stdin.write(f"{path.absolute()}\n{branch}\n")
    reader.stdin.flush()
    answer = json.loads(reader.stdout.readline())
    if "refused" in answer:
        raise RefusedError(answer["refused"])
    return dict(answer["read"])


@cache
def _reader() -> "subprocess.Popen[str]":
    """Start the reader, which takes a second, once for all files; it ends with this process."""
    java = require("java", "install default-jre-headless")
    if not GROOVY.is_dir():
        unavailable("Groovy", "install the Debian package groovy")
    command = [java, *QUICK_START, "-Dfile.encoding=UTF-8", "-cp", f"{GROOVY}/*:/usr/share/java/*"]
    return subprocess.Popen(
        [*command, "groovy.ui.GroovyMain", READER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )


def stages(path: Path) -> list[list[Json]]:
    """Return the stages in order, each with those that run side by side in it."""
    return [stage.get("parallel") or [stage] for stage in declarative(path)["stages"]]


def read_jenkins(path: Path) -> list[ReadJob]:
    """Return the jobs in their order."""
    found: list[ReadJob] = []
    for group in stages(path):
        before = frozenset(job.name for job in found)
        found += list(_jobs(group, before))
    return found


def _jobs(group: list[Json], before: frozenset[str]) -> Iterator[ReadJob]:
    for stage in group:
        bound = stage["steps"]["credentials"]
        environment = {**stage.get("environment", {}), **bound}
        if stage["steps"]["lock"]:
            assert not [name for name in stage.get("environment", {}) if name.endswith("_TOKEN_FILE")]
        assert stage["steps"]["undoCredentials"].items() <= bound.items()
        steps = stage["steps"]["steps"]
        comments = any(step.get("sh") == "Comment on the pull request" for step in steps)
        deployment = re.fullmatch(r"(?:deploy-(.+)|apply-(.+)-\w+)", stage["name"])
        planned = re.fullmatch(r"(?:plan|preview|drift)-(.+)-\w+", stage["name"])
        changed = deployment[1] or deployment[2] if deployment else None
        end = f"plan-{planned[1]}" if planned else changed or ""
        suffix = f"_{end.upper().replace('-', '_')}" if end else ""
        tokens = {name for name, value in environment.items() if value.startswith("credentials:")}
        for name in environment:
            value = environment[name]
            if value.startswith("$") and name != "GIT_USER":
                assert value in (f"${name}{suffix}", f"${name}", "$CHANGE_TARGET") or "$WORKSPACE" in value, value
        yield ReadJob(
            name=stage["name"],
            condition=CONDITIONS[re.sub(r" and \(.*\)$", "", stage["when"]["condition"])],
            waits_for=before,
            scripts=_scripts(
                [step for step in steps if step.get("sh") not in ("Comment on the pull request", "Report it")]
            ),
            on_failure=_scripts(stage["steps"]["undo"]),
            cleanup=_scripts(stage["steps"]["finish"]),
            approval="input" in stage,
            environment=changed,
            fixed={
                name: value.replace("$WORKSPACE", "<workspace>")
                for name, value in environment.items()
                if name not in tokens
                and name not in ("COMMENT_FILE", "DEFAULT_BRANCH", "GIT_USER")
                and (not value.startswith("$") or "$WORKSPACE" in value)
            },
            asked=frozenset(
                name for name, value in environment.items() if value == f"${name}{suffix}" and name != "GIT_USER"
            ),
            tokens=frozenset(tokens - {"GH_TOKEN"}),
            takes=frozenset(step["unstash"] for step in steps if "unstash" in step),
            gives=frozenset(step["includes"].removesuffix("**") for step in steps if "stash" in step),
            minutes=stage["steps"]["timeout"]["time"],
            comments=comments,
            paths=frozenset(re.findall(r"changes (\S+?)(?= or |\))", stage["when"]["condition"])),
            issue=next((step["unstable"] for step in steps if "unstable" in step), ""),
            lock=stage["steps"]["lock"] or "",
        )


def _scripts(steps: list[Json]) -> tuple[Script, ...]:
    return tuple(Script(step["sh"], clean(step["script"])) for step in steps if "sh" in step)
