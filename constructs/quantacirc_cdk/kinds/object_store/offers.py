"""Endpoints of an object store: an S3 port with credentials in a Secret, or a bucket for cloud identities."""

from quantacirc_cdk.kinds.store.spec import ManageableSettings
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.network_policy import Addresses
from quantacirc_cdk.kubernetes.object_store import PORT, object_store_credentials
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import HTTPS, Endpoint, Told, by_secret, cloud_api, directory, pods
from quantacirc_cdk.kubernetes.workload import ConfigFiles


def endpoints(context: Context, name: str) -> list[Endpoint]:
    """Return its port: on its pods, on an existing server, or on the cloud's addresses inside and outside the
    network.
    """
    if context.embedded(name):
        return [Endpoint(peer=pods(context, name), ports=(Port(name="s3", port=PORT),))]
    existing = context.settings_as(name, ManageableSettings).existing
    if existing:
        port = Port(name="s3", port=existing.stated_port or HTTPS.port)
        return [Endpoint(peer=Addresses(cidr=cidr), ports=(port,)) for cidr in existing.cidrs]
    return cloud_api(context)


def told(context: Context, name: str, client: str) -> Told:  # noqa: ARG001
    """Return the files with its address: from a Secret, or from a ConfigMap if clients use their identity."""
    if context.provider(name) != "managed":
        return by_secret(context, name)
    files = ConfigFiles(config_map=name, path=directory(name))
    return Told(variables={"CREDENTIALS": directory(name)}, config_files=(files,))


def secrets(context: Context, name: str) -> list[GeneratedSecret]:
    """Return its Secret, if it runs in the cluster."""
    return [object_store_credentials(name)] if context.embedded(name) else []
