"""Run Helm, the newest and the oldest release that the chart supports, and read what it renders."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quantacirc_cdk.manifests import documents
from support.kubernetes.manifests import Object
from support.tools import require

MANAGED_BY = "app.kubernetes.io/managed-by"
RELEASES = ("helm", "helm-oldest")


def run(*arguments: str | Path, release: str = "helm") -> "subprocess.CompletedProcess[str]":
    """Run Helm and return its exit status and what it said."""
    program = require(release, "run tools/fetch_helm.py")
    command = [str(program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def template(
    chart: Path, *options: str | Path, name: str, namespace: str = "", release: str = "helm", tests: bool = False
) -> list[Object]:
    """Return the objects that ``helm template`` renders; its message is the error when it refuses.

    ``tests`` keeps the pods of ``helm test``, which belong to no environment.
    """
    wanted = () if tests else ("--skip-tests",)
    done = run(
        "template", name, chart, "--namespace", namespace or name, "--include-crds", *wanted, *options, release=release
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return objects(done.stdout)


def objects(text: str) -> list[Object]:
    """Return the objects of a stream of documents."""
    return [item for item in documents(text) if item]


def handed_over(value: Any) -> Any:
    """Return manifests as Helm has them: it requires its own name in the label that says who manages an object."""
    if isinstance(value, list):
        return [handed_over(item) for item in value]
    if isinstance(value, dict):
        return {key: "Helm" if key == MANAGED_BY else handed_over(item) for key, item in value.items()}
    return value


def by_name(items: Sequence[Object]) -> dict[tuple[str, str, str, str], Object]:
    """Return the objects by what identifies them; raises when one is there twice."""
    found: dict[tuple[str, str, str, str], Object] = {}
    for item in items:
        metadata = item["metadata"]
        key = (item["apiVersion"], item["kind"], metadata.get("namespace", ""), metadata["name"])
        assert key not in found, f"{key} is rendered twice"
        found[key] = item
    return found
