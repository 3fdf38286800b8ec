"""Outputs of a stack after an apply, and those that ``qcdk wire`` records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.reading import parse_json


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output of a stack."""

    description: str
    needs: Literal["", "azure", "peers", "velero"] = ""
    """Cloud of the output, ``peers`` for that of a network with peers, or ``velero`` for that of its bucket. Every
    stack has it when empty."""
    sensitive: bool = False
    """Terraform hides it, and ``qcdk wire`` ignores it."""
    wired: bool = False
    """``qcdk wire`` records it, because its value exists only after an apply, and people or manifests need it."""
    recorded_at: tuple[str, ...] = ()
    """Place in the section `wired`; when empty, the key with the output's name."""


OUTPUTS: Mapping[str, Output] = {
    "cluster_name": Output(description="Name of the Kubernetes cluster."),
    "cluster_endpoint": Output(description="Address of the Kubernetes API.", wired=True),
    "registry_host": Output(description="Host of the image registry."),
    "name_servers": Output(description="Name servers for the delegation from the parent domain.", wired=True),
    "client_ids": Output(
        description="Azure client id of each identity, for the annotation of its service account.",
        needs="azure",
        wired=True,
    ),
    "peerings": Output(
        description="What the owner of each peered network needs: the id of the peering on AWS, else of this network.",
        needs="peers",
    ),
    "velero_bucket": Output(description="Bucket of the cluster's backups.", needs="velero"),
}
"""Outputs of every stack; managed components add theirs."""


def wired_values(text: str, outputs: Mapping[str, Output]) -> dict[str, Any]:
    """Return the values to record from the output of ``terraform output -json``.

    ``outputs`` are the stack's outputs in the contract. Sensitive ones are never returned. Raises ``PropsError`` for
    text that is not such a document, or lacks an output.
    """
    try:
        document = parse_json(text)
    except ValueError as error:
        raise PropsError(f"not the output of `terraform output -json`: {error}") from None
    if not isinstance(document, dict) or not all(isinstance(v, dict) and "value" in v for v in document.values()):
        raise PropsError("not the output of `terraform output -json`: expected an object of objects with a value")
    wired = {name: output for name, output in sorted(outputs.items()) if output.wired}
    missing = [name for name in wired if name not in document]
    if missing:
        found = ", ".join(sorted(document)) or "none"
        raise PropsError(
            f"no output {', '.join(missing)} (found {found}), expected the outputs of the whole stack after an apply"
        )
    values: dict[str, Any] = {}
    for name, output in wired.items():
        if not document[name].get("sensitive"):
            *above, key = output.recorded_at or (name,)
            section = values
            for step in above:
                section = section.setdefault(step, {})
            section[key] = document[name]["value"]
    return values
