"""Contract between cluster and cloud for managed stores with a host and credentials."""

from collections.abc import Mapping

from quantacirc_cdk.contract.names import remote_secret, secrets_prefix
from quantacirc_cdk.contract.outputs import Output
from quantacirc_cdk.contract.secrets import SecretBinding
from quantacirc_cdk.model.site import Site


def binding(
    site: Site, name: str, keys: Mapping[str, str], what: str, others: Mapping[str, Mapping[str, str]] | None = None
) -> SecretBinding:
    """Return the Secret of a store. ``keys`` has, for each key, its property of the JSON object in the cloud's secret
    store, and ``others`` those of other objects there, by the end of their name.
    """
    prefix = secrets_prefix(site.system, site.environment)
    return SecretBinding(
        name=name,
        remote=remote_secret(prefix, name, site.environment.target),
        keys=keys,
        written_by="terraform",
        description=f"{what} of {name}",
        declared=f"apps/system.yaml: components.{name}",
        others={
            remote_secret(prefix, f"{name}-{end}", site.environment.target): of_end
            for end, of_end in (others or {}).items()
        },
    )


def declared_outputs(name: str) -> dict[str, Output]:
    """Return the declared outputs of a store: its host, and the id of its credentials."""
    output = name.replace("-", "_")
    return {
        f"{output}_host": Output(description=f"Host of {name}.", wired=True, recorded_at=("hosts", name)),
        f"{output}_credentials": Output(
            description=f"Id of the secret with the credentials of {name}; the credentials are not an output."
        ),
    }
