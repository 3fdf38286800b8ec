"""Runs the jobs of a pipeline in clean clones on this machine, with stand-ins for what is not here.

Real are bash, Git with a repository to push to, and ``qcdk``. Stand-ins record how they are called, and fail where a
test asks for it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from quantacirc_cdk.synth import synthesize
from quantacirc_cdk.synth.ownership import read_listing, sha256, write_listing
from support.pipelines.jobs import ReadJob, Script
from support.tools import ROOT, require

STUB = """\
#!/usr/bin/env bash
line="${0##*/} $*"
printf '%s | %s\\n' "$JOB" "$line" >>"$CALLS"
if [ -n "$FAIL" ] && printf '%s' "$JOB | $line" | grep -Eq -- "$FAIL"; then
  echo "made to fail: $line" >&2
  exit 1
fi
"""
MAKE = """\
case $1 in
.venv/run.stamp) mkdir -p .venv && ln -sfn "${0%/*}" .venv/bin ;;
synth) qcdk synth >&2 ;;
esac
"""
# Two parts of the output are enough, and cost a tenth of a second. There are no manifests to compare in them.
QCDK = """\
if [ "$1" = synth ]; then set -- "$@" --only cicd --only operations; fi
if [ "$1" = parity ]; then exit 0; fi
exec "$QCDK" "$@"
"""
BUILD = """\
while [ $# -gt 0 ]; do
  case $1 in
  --output) output=$2; shift ;;
  --sbom)
    mkdir -p "$2"
    for name in base agents cli monitoring; do echo '{}' >"$2/$name.cdx.json"; done
    ;;
  --provenance)
    mkdir -p "$2"
    for name in base agents cli monitoring; do echo '{"predicate": {}}' >"$2/$name.provenance.json"; done
    ;;
  --registry) registry=$2; shift ;;
  --push) pushed=true ;;
  esac
  shift
done
entries=''
for name in agents cli monitoring; do
  digest=sha256:$(printf '%s %s' "$name" "$RELEASE" | sha256sum | cut -d ' ' -f 1)
  entries+="${entries:+, }'$name': {'repository': '$registry/$name', 'tag': '0.1.0', 'digest': '$digest'}"
done
base="{'repository': '$registry/base', 'tag': '0.1.0', 'digest': '$digest'}"
revision=$(printf '%040d' 7)
head="'version': '0.1.0', 'revision': '$revision', 'pushed': ${pushed:-false}"
printf '%s' "{$head, 'images': {$entries}, 'base': $base}" | tr "'" '"' >"$output"
"""
PROGRAMS = (
    "apt-get",
    "aws",
    "az",
    "cosign",
    "docker",
    "gcloud",
    "gh",
    "gke-gcloud-auth-plugin",
    "helm",
    "kubectl",
    "kubelogin",
)
PROGRAMS += ("python", "sudo", "syft")
HELM = """\
if [ "$1" = push ]; then
  echo "Pushed: $3"
  echo "Digest: sha256:$(printf '%s' "$RELEASE" | sha256sum | cut -d ' ' -f 1)" >&2
fi
"""
SCRIPTS = {
    "docker/build.sh": BUILD,
    "docker/refresh-base.sh": 'echo "# $RELEASE" >>docker/Dockerfile.base\n',
    "scripts/deploy.sh": "",
    "scripts/health-check.sh": "",
    "scripts/rollback.sh": "",
}


class Server:
    """A Git server with one branch, and the runners of a pipeline."""

    def __init__(self, folder: Path) -> None:
        require("jq", "install Debian's package jq")  # which the jobs' commands use
        self.folder = folder
        self.calls = folder / "calls.log"
        self.calls.touch()
        self.origin = folder / "origin.git"
        self.programs = folder / "bin"
        self.programs.mkdir()
        for name in PROGRAMS:
            self._stub(self.programs / name, "")
        self._stub(self.programs / "helm", HELM)
        self._stub(self.programs / "make", MAKE)
        self._stub(self.programs / "qcdk", QCDK)
        work = folder / "work"
        shutil.copytree(ROOT / "apps", work / "apps", ignore=shutil.ignore_patterns("__pycache__"))
        for name, body in SCRIPTS.items():
            self._stub(work / name, body)
        for name in ("record.sh", "propose.sh", "remote.sh"):
            shutil.copy(ROOT / "scripts" / name, work / "scripts" / name)
        (work / ".gitignore").write_text(".venv\nbuild/\n")
        (work / ".ci").mkdir()
        (work / ".ci" / "packages.txt").write_text("# why\nsome-package\n")
        synthesize(work, out=work / "dist", only=["cicd", "operations"])
        for environment in ("dev", "staging", "prod"):
            (work / "dist" / "kubernetes" / environment).mkdir(parents=True)
            (work / "dist" / "kubernetes" / environment / "Namespace.x.yaml").write_text(
                "apiVersion: v1\nkind: Namespace\nmetadata: { name: x }\n"
            )
        (work / "dist" / "helm" / "quantacirc").mkdir(parents=True)
        chart = work / "dist" / "helm" / "quantacirc" / "Chart.yaml"
        chart.write_text("name: quantacirc\nversion: 0.1.0\n")
        owned = {"helm/quantacirc/Chart.yaml": frozenset({sha256(chart)})}
        write_listing(work / "dist", {**read_listing(work / "dist"), **owned})
        git(folder, "init", "--quiet", "--bare", "--initial-branch", "main", str(self.origin))
        git(work, "init", "--quiet", "--initial-branch", "main")
        git(work, "remote", "add", "origin", str(self.origin))
        self.work = work
        self.prepare()
        self.merge("A change")

    def prepare(self) -> None:
        """Change what the first commit contains."""

    def merge(self, message: str, files: Mapping[str, str] | None = None) -> str:
        """Put a commit on the branch, as a merged change would, and return its name."""
        if self.calls.read_text():
            git(self.work, "pull", "--quiet", "origin", "main")
        for name, text in (files or {}).items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_text(text)
        git(self.work, "add", "--all")
        git(self.work, *IDENTITY, "commit", "--quiet", "--allow-empty", "--message", message)
        git(self.work, "push", "--quiet", "origin", "HEAD:main")
        return git(self.work, "rev-parse", "HEAD").strip()

    def merge_at_next_push(self, message: str, files: Mapping[str, str]) -> None:
        """Let somebody else push between the next fetch and push of a job."""
        hook = self.origin / "hooks" / "update"
        self.merge(message, files)
        newer = self.branch()
        git(self.origin, "branch", "newer", newer)
        git(self.origin, "update-ref", "refs/heads/main", f"{newer}^")
        hook.write_text('#!/bin/sh\nrm "$0"\ngit update-ref refs/heads/main newer\nexit 1\n')
        hook.chmod(0o755)

    def run(
        self,
        jobs: Sequence[ReadJob],
        *,
        condition: Collection[str] = ("always", "default-branch"),
        approved: Collection[str] = ("prod",),
        fail: str = "",
        release: str = "1",
        asked: Collection[str] = (),
        one_shell: bool = False,
        commit: str = "",
        settings: Mapping[str, str] | None = None,
        unchanged: str = "",
        number: int = 0,
    ) -> dict[str, str]:
        """Run jobs as a server does and return ``success``, ``failed``, ``waiting`` or ``skipped`` for each.

        ``unchanged`` is a pattern of the jobs whose files have not changed.

        A run goes on with the artifacts of those before it with the same ``number``, except what its own jobs give.

        ``asked`` names variables that people have set on the server; ``fail`` is a pattern, over ``JOB | COMMAND``, of
        the calls that fail; ``settings`` are further environment variables; ``one_shell`` runs all scripts of a job in
        one shell, as GitLab does.
        """
        commit = commit or self.branch()
        settings = {**dict.fromkeys(asked, "asked"), "FAIL": fail, "RELEASE": release, **(settings or {})}
        results: dict[str, str] = {}
        artifacts = self.folder / f"artifacts-{number}"
        for path in {path for job in jobs for path in job.gives}:
            shutil.rmtree(artifacts / path, ignore_errors=True)
            with suppress(OSError):
                (artifacts / path).unlink()
        for job in jobs:
            if job.condition not in condition or (unchanged and re.match(unchanged, job.name)):
                continue
            # What its own condition kept from running holds up nothing.
            if any(results.get(name, "success") != "success" for name in job.waits_for):
                results[job.name] = "skipped"
            elif job.approval and job.environment not in approved:
                results[job.name] = "waiting"
            else:
                results[job.name] = "success" if self._job(job, commit, artifacts, settings, one_shell) else "failed"
        return results

    def _job(self, job: ReadJob, commit: str, artifacts: Path, settings: dict[str, str], one_shell: bool) -> bool:
        clone = self.folder / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        git(self.folder, "clone", "--quiet", str(self.origin), str(clone))
        git(clone, "checkout", "--quiet", "--detach", commit)
        if job.takes:
            shutil.copytree(artifacts, clone, dirs_exist_ok=True)
        environment = {
            "HOME": str(self.folder),
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "QCDK": str(require("qcdk")),
            "CALLS": str(self.calls),
            "JOB": job.name,
            "DEFAULT_BRANCH": "main",
            "BASE_BRANCH": "main",
            "GIT_USER": "x",
            "GIT_TOKEN": "a-token",
            "REVIEW_TOKEN": "a-token",
            "POLL_SECONDS": "0.1",
            "WAIT_SECONDS": "1",
            "RETRY_SECONDS": "0",
            "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
            "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
            **{name: f"build/{name.lower()}" for name in job.tokens if name.endswith("_FILE")},
            **dict.fromkeys(job.asked, "asked"),
            **settings,
            **{key: value.replace("<workspace>", str(clone)) for key, value in job.fixed.items()},
        }
        (clone / "build").mkdir(exist_ok=True)
        for name in job.tokens:
            if name.endswith("_FILE"):
                (clone / environment[name]).write_text("a-token")
        done = self._scripts(job.scripts, clone, environment, one_shell)
        if not done:
            self._scripts(job.on_failure, clone, environment | {"FAIL": ""}, one_shell)
        self._scripts(job.cleanup, clone, environment | {"FAIL": ""}, one_shell)
        for path in job.gives if done else ():
            target = artifacts / path
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if path.endswith("/") else shutil.copy
            copy(clone / path, target)
        return done

    def _scripts(self, scripts: Sequence[Script], clone: Path, environment: dict[str, str], one_shell: bool) -> bool:
        texts = ["\n".join(script.text for script in scripts)] if one_shell else [script.text for script in scripts]
        for text in texts:
            run = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", text],
                cwd=clone,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=600,
            )
            with (self.folder / "output.log").open("a") as log:
                log.write(f"── {environment['JOB']}\n{run.stdout}{run.stderr}")
            if run.returncode:
                return False
        return True

    def _stub(self, path: Path, body: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(STUB + body)
        path.chmod(0o755)

    @property
    def output(self) -> str:
        """What the jobs printed."""
        return (self.folder / "output.log").read_text()

    def called(self, job: str = "", program: str = "") -> list[str]:
        """Return the calls so far, of a job and of a program."""
        lines = [line.split(" | ", 1) for line in self.calls.read_text().splitlines()]
        return [call for name, call in lines if job in ("", name) and call.startswith(program)]

    def branch(self) -> str:
        """Return the newest commit."""
        return git(self.origin, "rev-parse", "main").strip()

    def log(self) -> list[str]:
        """Return the subjects of all commits, the oldest first."""
        return git(self.origin, "log", "--reverse", "--format=%s", "main").splitlines()

    def digests(self, environment: str) -> set[str]:
        """Return the digests that an environment's committed file names."""
        text = git(self.origin, "show", f"main:apps/environments/{environment}.yaml")
        return set(re.findall(r"sha256:[0-9a-f]{64}", text))


IDENTITY = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")


def git(folder: Path, *arguments: str) -> str:
    """Run Git and return what it prints."""
    run = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"git {' '.join(arguments)}: {run.stderr}"
    return run.stdout
