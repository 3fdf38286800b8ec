"""Cloud resources that the system uses, by their contract names: secrets, identities, stores."""

from collections.abc import Iterator, Mapping, Sequence

from quantacirc_cdk.contract import IdentityBinding, disagreements
from quantacirc_cdk.errors import Problem
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.external_secret import ExternalSecretProps, SecretStoreProps
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.manifests import pod_template
from quantacirc_cdk.model.inherited import where_declared

STORE = "cloud"
"""Name of the SecretStore."""


def secret_store_props(context: Context) -> SecretStoreProps | None:
    """Return the cloud's secret store, if the cluster reads secrets from it."""
    contract = context.contract
    if contract is None or contract.reader is None or not contract.secrets:
        return None
    store = contract.secret_store
    return SecretStoreProps(
        name=STORE,
        provider=store.provider,
        labels=context.identity(context.namespace, "system").labels,
        region=store.region,
        project=store.account,
        vault_url=store.vault_url or "",
    )


def external_secrets(context: Context) -> list[ExternalSecretProps]:
    """Return the Secrets that the cluster copies from its cloud, sorted by name."""
    contract = context.contract
    if contract is None or contract.reader is None:
        return []
    labels = context.identity(context.namespace, "system").labels
    return [
        ExternalSecretProps(
            name=name, store=STORE, remote=binding.remote, keys=binding.keys, others=binding.others, labels=labels
        )
        for name, binding in contract.secrets.items()
    ]


def cloud_identity(context: Context, name: str) -> IdentityBinding | None:
    """Return the cloud identity of a component, if it has one."""
    return context.contract.identities.get(name) if context.contract else None


def store_files(context: Context) -> dict[str, Mapping[str, str]]:
    """Return a ConfigMap for each cloud component that clients access with their identity."""
    managed = context.contract.managed if context.contract else {}
    return {name: one.files for name, one in managed.items() if one.files}


def contract_problems(context: Context, objects: Sequence[Data], path: str) -> Iterator[Problem]:
    """Yield each secret and service account that exists only in the cluster or only in the cloud.

    ``objects`` are those of the whole system, and ``path`` is the chart's path.
    """
    contract = context.contract
    if contract is None:
        return
    secrets = {
        reference["key"]: f"{path}/external-secrets/{item['metadata']['name']}"
        for item in objects
        if item["kind"] == "ExternalSecret"
        for reference in _references(item["spec"])
    }
    running = {template["spec"].get("serviceAccountName", "default") for template in _templates(objects)}
    accounts = {
        f"{context.namespace}/{name}": f"{path}/{name}" for name in sorted(running) if name in contract.identities
    }
    read = any(item["kind"] == "SecretStore" for item in objects)
    outside = [one for one in contract.identities.values() if one.outside and (read or one is not contract.reader)]
    accounts |= {f"{one.namespace}/{one.service_account}": f"{path}/{one.name}" for one in outside}
    if contract.reader is None:
        created = [name for binding in contract.secrets.values() for name in binding.remotes]  # By hand.
        secrets |= dict.fromkeys(created, path)
    for problem in disagreements(contract, "Kubernetes", secrets=secrets, accounts=accounts):
        yield where_declared(problem, context.source, context.environment.name)


def _references(spec: Data) -> Iterator[Data]:
    for entry in spec.get("data", []):
        yield entry["remoteRef"]
    for entry in spec.get("dataFrom", []):
        yield entry["extract"]


def _templates(objects: Sequence[Data]) -> Iterator[Data]:
    return (template for template in map(pod_template, objects) if template is not None)
