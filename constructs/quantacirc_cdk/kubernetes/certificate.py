"""TLS certificates from cert-manager."""

from collections.abc import Mapping, Sequence

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.check import Checked
from quantacirc_cdk.limits.kubernetes import Labels, ObjectName

API_VERSION = "cert-manager.io/v1"
LIFETIME = "2160h"
"""Ninety days, as for certificates from Let's Encrypt."""
RENEW_BEFORE = "720h"
"""Thirty days, which leaves time to react to a failed renewal."""


def certificate_spec(
    *,
    secret: str,
    issuer: str,
    issuer_kind: str = "Issuer",
    hosts: Sequence[str] = (),
    common_name: str | None = None,
    usages: Sequence[str] = ("digital signature", "server auth"),
    authority: bool = False,
    lifetime: str = LIFETIME,
    renew_before: str = RENEW_BEFORE,
) -> Data:
    """Return the ``spec`` of a Certificate: ECDSA on P-256, with a new private key for each renewal.

    ``secret`` is the name of the Secret with ``tls.crt``, ``tls.key`` and ``ca.crt``.
    """
    return compact(
        commonName=common_name,
        dnsNames=list(hosts),
        isCA=authority or None,
        usages=list(usages),
    ) | {
        "duration": lifetime,
        "issuerRef": {"group": "cert-manager.io", "kind": issuer_kind, "name": issuer},
        "privateKey": {"algorithm": "ECDSA", "rotationPolicy": "Always", "size": 256},
        "renewBefore": renew_before,
        "secretName": secret,
    }


class Certificate(Manifest):
    """A cert-manager Certificate with the name of its Secret. The arguments are those of ``certificate_spec``."""

    def __init__(self, scope: Construct, id: str, *, labels: Mapping[str, str], spec: Data) -> None:
        name = spec["secretName"]
        super().__init__(scope, id, api_version=API_VERSION, kind="Certificate", name=name, labels=labels, spec=spec)


class Authority(Checked, Construct):
    """A private certificate authority of a namespace, for names that no public authority can certify.

    Creates a self-signed Issuer, the authority's Certificate, valid for ten years, and the Issuer ``name`` that signs
    with it.
    """

    def __init__(self, scope: Construct, id: str, *, name: ObjectName, labels: Labels) -> None:
        super().__init__(scope, id)
        root = f"{name}-root"
        self._issuer("root", root, labels, {"selfSigned": {}})
        spec = certificate_spec(
            secret=name,
            issuer=root,
            common_name=name,
            usages=("cert sign", "crl sign"),
            authority=True,
            lifetime="87600h",
            renew_before="8760h",
        )
        Certificate(self, "certificate", labels=labels, spec=spec)
        self._issuer("issuer", name, labels, {"ca": {"secretName": name}})

    def _issuer(self, id: str, name: str, labels: Mapping[str, str], spec: Data) -> None:
        Manifest(self, id, api_version=API_VERSION, kind="Issuer", name=name, labels=labels, spec=spec)
