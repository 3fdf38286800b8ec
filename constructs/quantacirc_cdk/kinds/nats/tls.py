"""Certificate of a bus."""

from typing import Literal

from quantacirc_cdk.model.site import Site


def maker(site: Site) -> Literal["cert-manager", "generated"] | None:
    """Return what issues the certificate of a bus: cert-manager if the cluster has it, else a Job with a suitable
    image.
    """
    if site.environment.cluster.addons.cert_manager:
        return "cert-manager"
    return "generated" if site.system.toolbox and site.system.certificate_tool else None


def secret(site: Site, bus: str) -> str | None:
    """Return the name of the Secret with the certificate of a bus; None without TLS."""
    return f"{bus}-tls" if maker(site) else None
