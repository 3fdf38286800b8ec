"""Deployment log: user, time and commit of each deployment, in a ConfigMap that outlives all revisions."""

import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quantacirc_cdk.operations.kubectl import Kubectl
from quantacirc_cdk.operations.replies import Entry as EntryReply
from quantacirc_cdk.operations.replies import ReplyError, checked, parsed

Json = dict[str, Any]

KEPT = 50
"""Maximum number of log entries."""
MANAGER = "quantacirc-cdk"
RUNS = ("deployed", "rolled-back")
"""Outcomes after which another revision runs."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A deployment or rollback."""

    command: str
    environment: str
    context: str
    outcome: str
    """deployed, rolled-back, taken-back, half."""
    revision: int | None
    """The revision that now runs; None if unknown."""
    before: int | None
    """The revision that ran before."""
    version: str
    commit: str | None
    """Git commit of the deployed chart; ends in ``-dirty`` if chart files were not committed."""
    by: str
    started: str
    finished: str
    impact: str
    """The worst impact of its changes."""
    changed: int
    """Number of changed objects."""
    message: str = ""

    def as_data(self) -> Json:
        """Return the entry as JSON-compatible data."""
        return asdict(self)


def commit_of(root: Path, folder: str) -> str | None:
    """Return the commit of the chart; None outside a Git repository."""
    head = _git(root, "rev-parse", "HEAD")
    if head is None:
        return None
    changed = _git(root, "status", "--porcelain", "--", folder)
    return f"{head}-dirty" if changed else head


def later_commit(root: Path, kubectl: Kubectl, commit: str | None) -> str | None:
    """Return the commit that the environment runs, if it is a later one: if ``commit`` is part of its history."""
    runs = next((one for one in reversed(log(kubectl)) if one["outcome"] in RUNS), None)
    deployed, ours = (str(one or "").removesuffix("-dirty") for one in (runs and runs["commit"], commit))
    if not deployed or not ours or deployed == ours:
        return None
    return None if _git(root, "merge-base", "--is-ancestor", ours, deployed) is None else deployed


def log(kubectl: Kubectl) -> list[Json]:
    """Return the log entries, oldest first."""
    found = kubectl.get("configmap", name_of(kubectl))
    text = ((found or {}).get("data") or {}).get("log", "")
    return [entry for line in text.splitlines() if (entry := _entry(line)) is not None]


def _entry(line: str) -> Json | None:
    """Return a line of the log; None for a line that was edited, which must not block the next deployment."""
    try:
        found: Json = checked(parsed(line), EntryReply)
    except ReplyError:
        return None
    return found


def write(kubectl: Kubectl, entry: Entry) -> None:
    """Add an entry, and set annotations for what runs now. Raises ``OperationError`` if the API refuses it."""
    entries = [*log(kubectl), entry.as_data()][-KEPT:]
    runs = next((one for one in reversed(entries) if one["outcome"] in RUNS), None)
    annotations = {f"{MANAGER}/last-outcome": entry.outcome}
    if runs:
        said = {"deployed-by": "by", "deployed-at": "finished", "commit": "commit", "version": "version"}
        annotations |= {f"{MANAGER}/{name}": str(runs[key] or "") for name, key in said.items()}
    if entry.revision:
        annotations[f"{MANAGER}/revision"] = str(entry.revision)
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name_of(kubectl),
            "labels": {"app.kubernetes.io/managed-by": MANAGER, "app.kubernetes.io/part-of": kubectl.target.release},
            "annotations": annotations,
        },
        "data": {"log": "".join(json.dumps(one, sort_keys=True) + "\n" for one in entries)},
    }
    options = ("--server-side", "--force-conflicts", "--field-manager", MANAGER)
    kubectl.json("apply", *options, "--output", "json", "--filename", "-", input=json.dumps(config_map))


def name_of(kubectl: Kubectl) -> str:
    """Return the name of the ConfigMap."""
    return f"{kubectl.target.release}-deployments"


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
