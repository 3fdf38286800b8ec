"""A managed Valkey cache."""

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.contract.names import environment_name
from quantacirc_cdk.kinds.store.credentials import binding, declared_outputs
from quantacirc_cdk.model.site import Site


def managed(site: Site, name: str) -> Managed:
    """Return the contract between cluster and cloud for the cache."""
    target = site.environment.target
    keys = {key: key for key in site.system.components[name].secret_keys}
    if target == "gcp":  # A separate authority signs the certificate of each instance.
        keys["ca.crt"] = "ca"
    return Managed(
        component=name,
        name=f"{environment_name(site.system, site.environment)}-{name}",
        secret=binding(site, name, keys, "Address and password"),
        outputs=declared_outputs(name),
        keys={name: "cache", "secrets": "secrets"},
        in_network=True,
        database_subnets=target != "azure",  # Those are delegated to PostgreSQL.
    )
