"""The namespace of a system."""

from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest


class Namespace(Manifest):
    """A namespace in which only pods that pass Pod Security Standards *restricted* may run.

    All three modes are set: pods are refused (``enforce``), and whoever applies a workload whose pods would be
    refused is told at once (``warn``) and in the audit log (``audit``).
    """

    def __init__(self, scope: Construct, id: str, *, name: str, labels: dict[str, str] | None = None) -> None:
        restricted = {
            f"pod-security.kubernetes.io/{key}": value
            for mode in ("audit", "enforce", "warn")
            for key, value in ((mode, "restricted"), (f"{mode}-version", "latest"))
        }
        super().__init__(
            scope, id, api_version="v1", kind="Namespace", name=name, labels={**(labels or {}), **restricted}
        )
