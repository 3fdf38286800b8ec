"""A PostgreSQL database that the cloud manages."""

from collections.abc import Mapping

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.contract.names import environment_name, remote_secret, secrets_prefix
from quantacirc_cdk.contract.outputs import Output
from quantacirc_cdk.contract.secrets import SecretBinding
from quantacirc_cdk.kinds.postgresql.spec import PostgresqlSettings
from quantacirc_cdk.model.site import Site

KEYS: Mapping[str, str] = {
    "database": "dbname",
    "host": "host",
    "password": "password",
    "port": "port",
    "username": "username",
}
"""Keys of the Secret, and the property of each in the JSON that the cloud's store holds."""


def managed(site: Site, name: str) -> Managed:
    """Return what the cluster and the cloud agree on about the database."""
    system, environment = site.system, site.environment
    output = name.replace("-", "_")
    return Managed(
        component=name,
        name=f"{environment_name(system, environment)}-{name}",
        secret=SecretBinding(
            name=name,
            remote=remote_secret(secrets_prefix(system, environment), name, environment.target),
            keys=KEYS,
            written_by="terraform",
            description=f"Address, user and password of {name}",
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
        deletion_protection=site.settings_as(name, PostgresqlSettings).deletion_protection,
    )
