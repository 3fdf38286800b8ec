"""A managed PostgreSQL database."""

from collections.abc import Mapping

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.contract.names import environment_name
from quantacirc_cdk.kinds.postgresql.roles import logins
from quantacirc_cdk.kinds.postgresql.spec import READ_HOSTS, Postgresql, PostgresqlSettings
from quantacirc_cdk.kinds.store.credentials import binding, declared_outputs
from quantacirc_cdk.model.site import Site

KEYS: Mapping[str, str] = {
    "database": "dbname",
    "host": "host",
    "password": "password",
    "port": "port",
    "username": "username",
}
"""Keys of the Secret, each with its property of the JSON object in the cloud's secret store."""


def managed(site: Site, name: str) -> Managed:
    """Return the contract between cluster and cloud for the database."""
    settings = site.settings_as(name, PostgresqlSettings)
    reading = {"read-hosts": {READ_HOSTS: "hosts"}} if site.component(name, Postgresql).read_endpoint else {}
    return Managed(
        component=name,
        name=f"{environment_name(site.system, site.environment)}-{name}",
        secret=binding(site, name, KEYS, "Address, user and password", reading),
        outputs=declared_outputs(name),
        keys={name: "database", "secrets": "secrets"},
        in_network=True,
        database_subnets=not settings.private_service_connect,
        logins=logins(site, name) if settings.iam_authentication else {},
    )
