"""PostgreSQL in the cluster, for environments without a managed one."""

from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.probes import Probes
from quantacirc_cdk.kubernetes.resources import MEDIUM, Resources
from quantacirc_cdk.kubernetes.stateful_service import StatefulService, StatefulServiceProps
from quantacirc_cdk.kubernetes.volume import Mount, scratch
from quantacirc_cdk.kubernetes.workload import SecretFiles
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import Bytes, Labels, MountPath, NonRootId, ObjectName

PORT = 5432


@dataclass(frozen=True, kw_only=True)
class DatabaseProps:
    """A PostgreSQL server."""

    identity: Identity
    image: Image
    """Full reference of the Docker official image of PostgreSQL."""
    secret: ObjectName
    """Name of the Secret with ``username``, ``password`` and ``database``."""
    storage: Bytes = "10Gi"
    storage_class: ObjectName | None = None
    data_path: MountPath = "/var/lib/postgresql/data"
    resources: Resources = MEDIUM
    user_id: NonRootId = 10001
    priority_class: ObjectName | None = None
    pod_labels: Labels = field(default_factory=dict)


def database_credentials(name: str) -> GeneratedSecret:
    """Return the Secret with the address and credentials for clients of the server ``name``."""
    fixed = {"database": name, "host": name, "port": str(PORT), "username": name}
    return GeneratedSecret(name=name, random=["password"], fixed=fixed)


def database_service(props: DatabaseProps) -> StatefulServiceProps:
    """Return the props of the server: SCRAM password hashes, page checksums, probes over TCP.

    ``pg_isready`` connects over TCP, because during initialization the image already answers on its Unix socket.
    """
    files = "/etc/secrets/postgresql"
    return StatefulServiceProps(
        identity=props.identity,
        image=props.image,
        ports=[Port(name="postgresql", port=PORT)],
        data_path=props.data_path,
        storage=props.storage,
        storage_class=props.storage_class,
        environment={
            # A subdirectory of the volume: initdb refuses a directory that contains lost+found.
            "PGDATA": f"{props.data_path}/pgdata",
            "POSTGRES_DB_FILE": f"{files}/database",
            "POSTGRES_INITDB_ARGS": "--auth-host=scram-sha-256 --auth-local=scram-sha-256 --data-checksums",
            "POSTGRES_PASSWORD_FILE": f"{files}/password",
            "POSTGRES_USER_FILE": f"{files}/username",
        },
        secrets=[
            SecretFiles(secret=props.secret, path=files, keys=("database", "password", "username")),
        ],
        # initdb needs an entry for its user in /etc/passwd, and the image only has one for its default user.
        config_files={"passwd": f"postgres:x:{props.user_id}:{props.user_id}::/var/lib/postgresql:/bin/sh\n"},
        volumes=[scratch("run", "16Mi")],
        mounts=[
            Mount(volume="run", path="/var/run/postgresql"),
            Mount(volume="config", path="/etc/passwd", sub_path="passwd", read_only=True),
        ],
        resources=props.resources,
        probes=Probes(command=("pg_isready", "--host=127.0.0.1", f"--port={PORT}", "--quiet"), startup_seconds=300),
        user_id=props.user_id,
        priority_class=props.priority_class,
        pod_labels=props.pod_labels,
    )


class Database(StatefulService):
    """A PostgreSQL server with a volume. A Secret contains its credentials (see ``database_credentials``)."""

    def __init__(self, scope: Construct, id: str, props: DatabaseProps) -> None:
        super().__init__(scope, id, database_service(props))
