"""The certificate of a bus."""

from typing import Literal

from quantacirc_cdk.model.site import Site


def maker(site: Site) -> Literal["cert-manager", "generated"] | None:
    """Return who makes the certificate of a bus: cert-manager where the cluster has it, else a Job, if it can."""
    if site.environment.cluster.addons.cert_manager:
        return "cert-manager"
    return "generated" if site.system.toolbox and site.system.certificate_tool else None


def secret(site: Site, bus: str) -> str | None:
    """Return the name of the Secret with the certificate of a bus, where it has one."""
    return f"{bus}-tls" if maker(site) else None
