"""A Valkey cache that the cloud manages."""

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.contract.names import environment_name, remote_secret, secrets_prefix
from quantacirc_cdk.contract.outputs import Output
from quantacirc_cdk.contract.secrets import SecretBinding
from quantacirc_cdk.model.site import Site


def managed(site: Site, name: str) -> Managed:
    """Return what the cluster and the cloud agree on about the cache."""
    system, environment, output = site.system, site.environment, name.replace("-", "_")
    return Managed(
        component=name,
        name=f"{environment_name(system, environment)}-{name}",
        secret=SecretBinding(
            name=name,
            remote=remote_secret(secrets_prefix(system, environment), name, environment.target),
            keys={key: key for key in site.system.components[name].secret_keys},
            written_by="terraform",
            description=f"Address and password of {name}",
            declared=f"apps/system.yaml: components.{name}",
        ),
        outputs={
            f"{output}_host": Output(description=f"Host of {name}.", wired=True, recorded_at=("hosts", name)),
            f"{output}_credentials": Output(
                description=f"Id of the secret with the credentials of {name}; they themselves are no output."
            ),
        },
        keys={name: "database", "secrets": "secrets"},
        database_subnets=True,
    )
