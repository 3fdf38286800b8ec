"""An S3-compatible object store in the cluster: SeaweedFS (Apache-2.0)."""

from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.container import Port, SecretKey
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.probes import Probes
from quantacirc_cdk.kubernetes.resources import MEDIUM, Resources
from quantacirc_cdk.kubernetes.stateful_service import StatefulService, StatefulServiceProps
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import Bytes, Labels, MountPath, NonRootId, ObjectName

PORT = 8333


@dataclass(frozen=True, kw_only=True)
class ObjectStoreProps:
    """One SeaweedFS server."""

    identity: Identity
    image: Image
    """Full reference of a SeaweedFS image."""
    secret: ObjectName
    """Name of the Secret with ``access-key-id`` and ``secret-access-key``."""
    storage: Bytes = "20Gi"
    storage_class: ObjectName | None = None
    data_path: MountPath = "/data"
    resources: Resources = MEDIUM
    user_id: NonRootId = 10001
    priority_class: ObjectName | None = None
    pod_labels: Labels = field(default_factory=dict)


def object_store_credentials(name: str) -> GeneratedSecret:
    """Return the Secret with the address and credentials for clients of the store ``name``."""
    fixed = {"bucket": name, "endpoint": f"http://{name}:{PORT}", "region": "us-east-1"}
    return GeneratedSecret(name=name, random=["access-key-id", "secret-access-key"], fixed=fixed)


def object_store_service(props: ObjectStoreProps) -> StatefulServiceProps:
    """Return the props of the server: master, volume server, filer and S3 gateway in one process.

    The gateway reads its only identity from the environment, and refuses anonymous requests as soon as it has one. The
    other services have no authentication, so they listen only inside the pod.
    """
    return StatefulServiceProps(
        identity=props.identity,
        image=props.image,
        command=["weed"],
        args=[
            "-logtostderr=true",
            "server",
            f"-dir={props.data_path}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-master.volumeSizeLimitMB=1024",
            "-volume.max=0",
            "-filer",
            "-s3",
            "-s3.ip.bind=0.0.0.0",
            f"-s3.port={PORT}",
        ],
        ports=[Port(name="s3", port=PORT)],
        data_path=props.data_path,
        storage=props.storage,
        storage_class=props.storage_class,
        variables={
            "AWS_ACCESS_KEY_ID": SecretKey(secret=props.secret, key="access-key-id"),
            "AWS_SECRET_ACCESS_KEY": SecretKey(secret=props.secret, key="secret-access-key"),
        },
        resources=props.resources,
        probes=Probes(port="s3", startup_path="/status", liveness_path="/status", readiness_path="/status"),
        user_id=props.user_id,
        priority_class=props.priority_class,
        pod_labels=props.pod_labels,
    )


class ObjectStore(StatefulService):
    """An S3-compatible server with a volume. A Secret contains its credentials (see ``object_store_credentials``).

    The first upload creates the bucket, because the identity in the environment is an administrator (SeaweedFS 4.01 and
    newer, https://github.com/seaweedfs/seaweedfs/pull/7549; ``-s3.autoCreateBucket``, in releases that have it, is on
    by default).
    """

    def __init__(self, scope: Construct, id: str, props: ObjectStoreProps) -> None:
        super().__init__(scope, id, object_store_service(props))
