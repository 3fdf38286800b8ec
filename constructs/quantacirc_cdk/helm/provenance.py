"""SLSA provenance of a chart package, to sign with ``cosign attest`` (https://slsa.dev/spec/v1.0/provenance)."""

import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import OutputError
from quantacirc_cdk.helm.package import Package

Json = dict[str, Any]


def builder(environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the builder and the build run, from the environment variables of CI servers, as for images
    (``docker/attest.sh``).

    ``BUILDER_ID`` overrides the builder. Outside of a known CI server, the builder is this machine.
    """
    told = environment.get
    who, run = f"urn:builder:{platform.node()}", ""
    if told("GITHUB_RUN_ID"):
        server = told("GITHUB_SERVER_URL", "")
        who = f"{server}/{told('GITHUB_WORKFLOW_REF', '')}"
        attempt = f"{told('GITHUB_RUN_ID')}/attempts/{told('GITHUB_RUN_ATTEMPT', '1')}"
        run = f"{server}/{told('GITHUB_REPOSITORY', '')}/actions/runs/{attempt}"
    elif told("CI_JOB_URL"):
        who, run = f"{told('CI_PROJECT_URL', '')}/-/runners/{told('CI_RUNNER_ID', '')}", told("CI_JOB_URL", "")
    elif told("BUILD_URL"):
        who, run = told("JENKINS_URL", ""), told("BUILD_URL", "")
    return told("BUILDER_ID") or who, run


def revision_of(root: Path) -> str:
    """Return the checked-out commit, with ``-dirty`` if files differ from it. Raises ``OutputError``."""
    head = _git(root, "rev-parse", "HEAD")
    return f"{head}-dirty" if _git(root, "status", "--porcelain", "--untracked-files=no") else head


def statement(package: Package, *, name: str, source: str, revision: str, environment: Mapping[str, str]) -> Json:
    """Return the in-toto statement of a package: its hash, its commit and its builder.

    It contains no time: the same package of the same commit has the same statement.
    """
    who, run = builder(environment)
    repository = f"git+{source or 'file:'}"
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": package.path.name, "digest": {"sha256": package.sha256}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": f"{source or 'file:'}#qcdk-package",
                "externalParameters": {"chart": name, "version": package.version},
                "resolvedDependencies": [{"uri": repository, "digest": {"gitCommit": revision}}],
            },
            "runDetails": {"builder": {"id": who}, **({"metadata": {"invocationId": run}} if run else {})},
        },
    }


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no answer"]
        raise OutputError(f"no commit to name as the source: git {arguments[0]}: {said[-1]}")
    return done.stdout.strip()
