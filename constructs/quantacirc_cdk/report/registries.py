"""Registries of a cloud that the nodes of an environment have no permission to pull from."""

import re
from collections.abc import Iterator

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.model.site import Site

_HOSTS = {
    "aws": r"(?P<account>[0-9]{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?(/.*)?",
    "gcp": r"[a-z0-9-]+-docker\.pkg\.dev/(?P<account>[^/]+)(/.*)?",
    "azure": r"(?P<account>[a-z0-9]+)\.azurecr\.io(/.*)?",
}
"""Addresses of registries, with the account, project or registry."""
_MENDS = {
    "aws": "let the account {account} pull in the policies of its repositories",
    "gcp": "give the nodes of project {account} `roles/artifactregistry.reader` there",
    "azure": "set `existing_registry`, which gives the nodes `AcrPull`, or give it to them yourself",
}


def foreign_registry(site: Site) -> Iterator[LeftOut]:
    """Yield the registry of an environment in a cloud, if its nodes may pull only from another one."""
    environment, cloud = site.environment, site.environment.cloud
    if cloud is None or environment.pull_secrets:
        return
    found = re.fullmatch(_HOSTS[environment.target], environment.registry)
    own, made = contract_of(site.system, environment).registry.host, environment.existing_registry is None
    if found is None:
        return
    if environment.target == "azure":
        foreign = made and environment.registry.partition("/")[0] != own
    else:
        foreign = found["account"] != cloud.account
    if foreign:
        mend = _MENDS[environment.target].format(account=cloud.account)
        unused = f"; nothing pulls from {own}, which the stack creates without `existing_registry`" if made else ""
        subject = f"right to pull from {environment.registry}"
        why = f"its nodes may only pull from their own registry: {mend}{unused}"
        yield LeftOut(output=f"terraform/{environment.name}", subject=subject, why=why)
