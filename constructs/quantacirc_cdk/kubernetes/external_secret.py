"""Secrets copied from a cloud's secret store with External Secrets (https://external-secrets.io)."""

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
"""Interval at which the cluster reads changes from the store."""

_REMOTE: Mapping[str, str] = {"conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None"}
"""Explicit defaults: the API server fills them in, and GitOps tools would report their absence as drift."""


@dataclass(frozen=True, kw_only=True)
class SecretStoreProps:
    """A cloud's secret store. External Secrets reads it with its own cloud identity."""

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
    """Return the ``spec`` of a SecretStore. It contains no credentials: each cloud authenticates the pod."""
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
    """A Secret that mirrors one in a cloud's store."""

    name: ObjectName
    """Name of the Secret."""
    store: ObjectName
    """Name of the SecretStore."""
    remote: str
    """Name in the cloud's store; the value there is a JSON object."""
    keys: Mapping[DataKey, str] = field(default_factory=dict)
    """Property of the JSON object for each key of the Secret. When empty, each property becomes the key of the same
    name.
    """
    others: Mapping[str, Mapping[DataKey, str]] = field(default_factory=dict)
    """Keys from other secrets of the store: by the name there, the property for each key."""
    labels: Labels = field(default_factory=dict)


def external_secret_spec(props: ExternalSecretProps) -> Data:
    """Return the ``spec`` of an ExternalSecret. The Secret is kept if the ExternalSecret is deleted."""
    sources = {key: (props.remote, one) for key, one in props.keys.items()}
    sources |= {key: (name, one) for name, keys in props.others.items() for key, one in keys.items()}
    one_by_one = [
        {"remoteRef": {"key": name, "property": one, **_REMOTE}, "secretKey": key}
        for key, (name, one) in sorted(sources.items())
    ]
    whole = [] if props.keys else [{"extract": {"key": props.remote, **_REMOTE}}]
    return {
        **({"data": one_by_one} if one_by_one else {}),
        **({"dataFrom": whole} if whole else {}),
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
    """An ExternalSecret with the name of the Secret that it creates."""

    def __init__(self, scope: Construct, id: str, props: ExternalSecretProps) -> None:
        spec = external_secret_spec(props)
        super().__init__(
            scope, id, api_version=API_VERSION, kind="ExternalSecret", name=props.name, labels=props.labels, spec=spec
        )

    @cached_property
    def for_cdk8s_plus(self) -> "engine.kplus.ISecret":
        """The Secret that it creates, as a cdk8s-plus object."""
        return plus.secret(self, self.name)
