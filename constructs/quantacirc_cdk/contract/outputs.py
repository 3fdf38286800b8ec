"""What a stack tells after an apply, and what of it is recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.reading import parse_json


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output of a stack."""

    description: str
    needs: Literal["", "object-store", "database", "azure"] = ""
    """Only where the environment has a managed one, or is in this cloud."""
    sensitive: bool = False
    """Terraform hides it, and ``qcdk wire`` passes it by."""
    wired: bool = False
    """Only an apply can know it, and people or manifests need it: ``qcdk wire`` records it."""


OUTPUTS: Mapping[str, Output] = {
    "cluster_name": Output(description="Name of the Kubernetes cluster."),
    "cluster_endpoint": Output(description="Address of the Kubernetes API.", wired=True),
    "registry_host": Output(description="Host that images are pushed to."),
    "name_servers": Output(description="Where the parent domain delegates to.", wired=True),
    "client_ids": Output(
        description="Azure's id of each identity, for the annotation of its service account.",
        needs="azure",
        wired=True,
    ),
    "artifacts_bucket": Output(description="Bucket of the artifacts.", needs="object-store"),
    "ledger_host": Output(description="Host of the ledger's database.", needs="database", wired=True),
    "ledger_credentials": Output(
        description="Id of the secret with the ledger's credentials; the credentials themselves are no output.",
        needs="database",
    ),
}
"""Every output that a stack may have."""


def wired_values(text: str, expected: Iterable[str]) -> dict[str, Any]:
    """Return what is to be recorded of what ``terraform output -json`` printed.

    ``expected`` are the outputs that the contract says the stack has. Sensitive ones are never returned.
    Raises ``PropsError`` for text that is not such a document, or lacks an output.
    """
    expected = sorted(expected)
    try:
        document = parse_json(text)
    except ValueError as error:
        raise PropsError(f"not the output of `terraform output -json`: {error}") from None
    if not isinstance(document, dict) or not all(isinstance(v, dict) and "value" in v for v in document.values()):
        raise PropsError("not the output of `terraform output -json`: expected an object of objects with a value")
    missing = [name for name in expected if OUTPUTS[name].wired and name not in document]
    if missing:
        found = ", ".join(sorted(document)) or "none"
        raise PropsError(f"no output {', '.join(missing)} (found {found}), expected those of the whole stack, applied")
    return {
        name: document[name]["value"]
        for name in expected
        if OUTPUTS[name].wired and not document[name].get("sensitive")
    }
