"""Secrets that the cluster copies from a cloud's store, with External Secrets (https://external-secrets.io)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from quantacirc_cdk.kubernetes import engine, plus
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import DataKey, Labels, ObjectName

API_VERSION = "external-secrets.io/v1"
REFRESH = "1h"
"""How soon a change in the store reaches the cluster."""

_REMOTE: Mapping[str, str] = {"conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None"}
"""The defaults, spelled out: the API server fills them in, and what applies the manifests would take that for drift."""


@dataclass(frozen=True, kw_only=True)
class SecretStoreProps:
    """Where a cloud keeps secrets. Whoever reads them there is External Secrets' own identity in the cloud."""

    name: ObjectName
    provider: Literal["aws", "gcp", "azure"]
    labels: Labels = field(default_factory=dict)
    region: str = ""
    """Region of the secrets (AWS)."""
    project: str = ""
    """Id of the project (Google Cloud)."""
    vault_url: str = ""
    """Address of the key vault (Azure)."""


def secret_store_spec(props: SecretStoreProps) -> Data:
    """Return the ``spec`` of a SecretStore; no cloud's has a key in it, each knows the pod that asks."""
    providers: Mapping[str, Data] = {
        "aws": {"aws": {"region": props.region, "service": "SecretsManager"}},
        "gcp": {"gcpsm": {"projectID": props.project}},
        "azure": {
            "azurekv": {
                "authType": "WorkloadIdentity",
                "environmentType": "PublicCloud",
                "vaultUrl": props.vault_url,
            }
        },
    }
    return {"provider": providers[props.provider]}


@dataclass(frozen=True, kw_only=True)
class ExternalSecretProps:
    """A Secret that follows one in a cloud's store."""

    name: ObjectName
    """Name of the Secret."""
    store: ObjectName
    """Name of the SecretStore."""
    remote: str
    """Name in the cloud's store; its value there is a JSON object."""
    keys: Mapping[DataKey, str] = field(default_factory=dict)
    """Property of the JSON object by key of the Secret. Empty: every property becomes the key of its name."""
    labels: Labels = field(default_factory=dict)


def external_secret_spec(props: ExternalSecretProps) -> Data:
    """Return the ``spec`` of an ExternalSecret; the Secret stays when the ExternalSecret goes for a moment."""
    one_by_one = [
        {"remoteRef": {"key": props.remote, "property": remote, **_REMOTE}, "secretKey": key}
        for key, remote in sorted(props.keys.items())
    ]
    source: Data = {"data": one_by_one} if one_by_one else {"dataFrom": [{"extract": {"key": props.remote, **_REMOTE}}]}
    return {
        **source,
        "refreshInterval": REFRESH,
        "secretStoreRef": {"kind": "SecretStore", "name": props.store},
        "target": {"creationPolicy": "Owner", "deletionPolicy": "Retain", "name": props.name},
    }


class SecretStore(Manifest):
    """A SecretStore of the namespace."""

    def __init__(self, scope: Construct, id: str, props: SecretStoreProps) -> None:
        spec = secret_store_spec(props)
        super().__init__(
            scope, id, api_version=API_VERSION, kind="SecretStore", name=props.name, labels=props.labels, spec=spec
        )


class ExternalSecret(Manifest):
    """An ExternalSecret with the name of the Secret that it makes."""

    def __init__(self, scope: Construct, id: str, props: ExternalSecretProps) -> None:
        spec = external_secret_spec(props)
        super().__init__(
            scope, id, api_version=API_VERSION, kind="ExternalSecret", name=props.name, labels=props.labels, spec=spec
        )

    @cached_property
    def for_cdk8s_plus(self) -> "engine.kplus.ISecret":
        """The Secret that it makes, for cdk8s-plus."""
        return plus.secret(self, self.name)
