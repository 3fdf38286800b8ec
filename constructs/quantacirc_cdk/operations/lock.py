"""Prevent concurrent deployments: a Lease in the namespace, which ``scripts/*.sh`` also use."""

import contextlib
import getpass
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from quantacirc_cdk.operations.interrupts import deferred, shielded
from quantacirc_cdk.operations.kubectl import ForbiddenError, Kubectl, OperationError, failure
from quantacirc_cdk.operations.process import Done
from quantacirc_cdk.operations.replies import parse_time

LOCK_PATIENCE = 60
"""Seconds in which removing a lock is retried."""


def whoami() -> str:
    """Return ``user@host``, or the identity of a pipeline."""
    user = os.environ.get("GITHUB_ACTOR") or os.environ.get("GITLAB_USER_LOGIN") or os.environ.get("BUILD_USER_ID")
    if not user:
        with contextlib.suppress(OSError, KeyError):
            user = getpass.getuser()
    return f"{user or 'unknown'}@{socket.gethostname()}"


@dataclass
class Lock:
    """The Lease ``<release>-deployment``."""

    kubectl: Kubectl
    patience: float = 0
    """Seconds in which its removal is retried while the API does not respond."""
    taken_over: bool = False
    """Whether its last holder is known to be dead."""
    mine: bool = False
    """Whether this process holds it."""
    left: str = ""
    """Why it could not be removed; it then expires."""

    @property
    def name(self) -> str:
        """Name of the Lease."""
        return f"{self.kubectl.target.release}-deployment"

    @contextmanager
    def held(self, seconds: int) -> Iterator[None]:
        """Hold the lock for at most ``seconds``; after that, others may break it."""
        try:
            with deferred():
                ensure_namespace(self.kubectl)
                self._take(seconds)
            yield
        finally:
            self._release()

    def _release(self) -> None:
        if self.mine:
            with shielded():
                deadline = time.monotonic() + self.patience
                done = self._remove()
                while not done.ok and time.monotonic() < deadline:
                    time.sleep(1)
                    done = self._remove()
            if not done.ok:
                self.left = (
                    f"the lock {self.name} could not be removed and will expire: {failure(done, self.kubectl.target)}"
                )

    def _remove(self) -> Done:
        return self.kubectl.call("delete", "lease", self.name, "--ignore-not-found")

    def _take(self, seconds: int) -> None:
        if self._create(seconds):
            return
        lease = self.kubectl.get("lease", self.name)
        if lease is not None:
            spec = lease["spec"]
            if not stale(spec, datetime.now(UTC)):
                who = f"{spec.get('holderIdentity')} since {spec.get('acquireTime')}"
                raise OperationError(f"another deployment is running: {who}; nothing was changed")
            # Delete only the Lease that was read: another process may have broken it already.
            version = lease["metadata"].get("resourceVersion")
            options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"resourceVersion": version}}
            path = f"/apis/coordination.k8s.io/v1/namespaces/{self.kubectl.target.namespace}/leases/{self.name}"
            self.kubectl.call("delete", "--raw", path, "--filename", "-", input=json.dumps(options))
            self.taken_over = True
        if not self._create(seconds):
            raise OperationError("another deployment has just begun; nothing was changed")

    def _create(self, seconds: int) -> bool:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        holder = f"{whoami()}:{os.getpid()}"
        lease = {
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": self.name},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": seconds, "acquireTime": now},
        }  # fmt: skip
        done = self.kubectl.call("create", "--filename", "-", input=json.dumps(lease))
        if done.ok:
            self.mine = True
            return True
        if "already exists" in done.error.lower():
            return False
        raise failure(done, self.kubectl.target)


def stale(spec: dict[str, Any], now: datetime) -> bool:
    """Return whether a Lease's holder is dead: it has expired, or its process on this host has ended."""
    acquired, seconds = spec.get("acquireTime"), spec.get("leaseDurationSeconds", 0)
    if not acquired or now - parse_time(acquired) > timedelta(seconds=seconds):
        return True
    who, _, pid = str(spec.get("holderIdentity", "")).rpartition(":")
    if not pid.isdigit() or who.rpartition("@")[2] != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def ensure_namespace(kubectl: Kubectl) -> None:
    """Create the namespace if it does not exist, marked as owned by the release, so that helm accepts it in the
    chart.
    """
    target = kubectl.target
    try:
        if kubectl.get("namespace", target.namespace) is not None:
            return
    except ForbiddenError:
        return  # A user with permissions in a namespace only uses an existing one.
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": target.namespace,
            "labels": {"app.kubernetes.io/managed-by": "Helm"},
            "annotations": {
                "meta.helm.sh/release-name": target.release,
                "meta.helm.sh/release-namespace": target.namespace,
            },
        },
    }
    done = kubectl.call("create", "--filename", "-", input=json.dumps(namespace))
    if not done.ok and "already exists" not in done.error.lower():
        raise failure(done, target)
