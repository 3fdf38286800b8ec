"""The namespace of a system."""

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.security import Level
from quantacirc_cdk.limits.kubernetes import DnsLabel
from quantacirc_cdk.plain import path_of

_POD_SECURITY = "pod-security.kubernetes.io/"


class Namespace(Manifest):
    """A namespace that admits only pods of Pod Security Standards *restricted*, or of ``level``.

    Sets all three modes: ``enforce`` refuses pods, ``warn`` returns a warning to the client that applies a workload
    with such pods, and ``audit`` records them in the audit log. With a level other than *restricted*, ``warn`` and
    ``audit`` still report every pod that is an exception to *restricted*.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: DnsLabel,
        labels: dict[str, str] | None = None,
        level: Level = "restricted",
    ) -> None:
        if set_here := sorted(key for key in labels or {} if key.startswith(_POD_SECURITY)):
            place = f"{path_of(scope)}/{id}".lstrip("/")
            raise PropsError(
                Problem(key=place, what=f"labels {', '.join(set_here)}", expected="`level`, which sets them")
            )
        levels = {"audit": "restricted", "enforce": level, "warn": "restricted"}
        restricted = {
            f"{_POD_SECURITY}{key}": value
            for mode, one in levels.items()
            for key, value in ((mode, one), (f"{mode}-version", "latest"))
        }
        super().__init__(
            scope, id, api_version="v1", kind="Namespace", name=name, labels={**(labels or {}), **restricted}
        )


ENFORCE = "pod-security.kubernetes.io/enforce"


def enforced(namespace: Data, level: Level) -> Data:
    """Return a Namespace that admits pods of ``level``."""
    metadata = namespace["metadata"]
    return {**namespace, "metadata": {**metadata, "labels": {**metadata["labels"], ENFORCE: level}}}
