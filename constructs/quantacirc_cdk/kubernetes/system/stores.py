"""The bus, the database and the object store of the model as props."""

from quantacirc_cdk.kubernetes.generated_secrets import GeneratedCertificate, GeneratedSecret
from quantacirc_cdk.kubernetes.nats import MessageBusProps
from quantacirc_cdk.kubernetes.nats.bus_streams import BusStreamsProps
from quantacirc_cdk.kubernetes.nats.config import server_hosts
from quantacirc_cdk.kubernetes.nats.message_bus import bus_credentials
from quantacirc_cdk.kubernetes.object_store import ObjectStoreProps, object_store_credentials
from quantacirc_cdk.kubernetes.postgresql import PostgresqlProps, postgresql_credentials
from quantacirc_cdk.kubernetes.system.backups import backup_secrets
from quantacirc_cdk.kubernetes.system.connections import bus_tls, bus_tls_secret, bus_users, clients
from quantacirc_cdk.kubernetes.system.context import Context


def message_bus_props(context: Context, name: str) -> MessageBusProps:
    """Return the bus."""
    exporter = context.system.components[name].exporter
    return MessageBusProps(
        identity=context.component_identity(name),
        image=context.image(context.system.components[name].image),
        clients=bus_users(context),
        replicas=context.replicas(name).min,
        storage=context.storage(name),
        storage_class=context.environment.cluster.storage_class,
        data_path=context.data_path(name),
        resources=context.resources(name),
        user_id=context.system.container.user_id,
        priority_class=context.priority("stores"),
        tls_secret=bus_tls_secret(context),
        tls_renewed=bus_tls(context) == "cert-manager",
        exporter_image=context.image(exporter) if exporter else None,
    )


def bus_streams_props(context: Context, name: str) -> BusStreamsProps | None:
    """Return the streams of the bus, where there is an image that can create them."""
    toolbox = context.system.toolbox
    if toolbox is None:
        return None
    return BusStreamsProps(
        identity=context.identity(streams_job_name(name), "task"),
        image=context.image(toolbox),
        bus=name,
        clients=clients(context),
        replicas=context.replicas(name).min,
        storage=context.storage(name),
        tls_secret=bus_tls_secret(context),
        user_id=context.system.container.user_id,
        priority_class=context.priority("tasks"),
    )


def streams_job_name(bus: str) -> str:
    """Return the name of what creates the streams of a bus."""
    return f"{bus}-streams"


def generated_certificates(context: Context) -> list[GeneratedCertificate]:
    """Return the certificates made in the cluster: the bus's, where there is no cert-manager."""
    bus, secret = context.system.only("bus"), bus_tls_secret(context)
    if bus is None or secret is None or bus_tls(context) != "generated":
        return []
    return [GeneratedCertificate(name=secret, hosts=server_hosts(bus, context.namespace, context.replicas(bus).min))]


def postgresql_props(context: Context, name: str) -> PostgresqlProps:
    """Return the database, for an environment without a managed one."""
    return PostgresqlProps(
        identity=context.component_identity(name),
        image=context.image(context.system.components[name].image),
        secret=name,
        storage=context.storage(name),
        storage_class=context.environment.cluster.storage_class,
        data_path=context.data_path(name),
        resources=context.resources(name),
        user_id=context.system.container.user_id,
        priority_class=context.priority("stores"),
    )


def object_store_props(context: Context, name: str) -> ObjectStoreProps:
    """Return the object store, for an environment without a managed one."""
    return ObjectStoreProps(
        identity=context.component_identity(name),
        image=context.image(context.system.components[name].image),
        secret=name,
        storage=context.storage(name),
        storage_class=context.environment.cluster.storage_class,
        data_path=context.data_path(name),
        resources=context.resources(name),
        user_id=context.system.container.user_id,
        priority_class=context.priority("stores"),
    )


def generated_secrets(context: Context) -> list[GeneratedSecret]:
    """Return the Secrets made in the cluster: the bus's always, a store's where it runs in the cluster."""
    found = [bus_credentials(name, bus_users(context)) for name in context.present("bus")]
    found += [postgresql_credentials(name) for name in context.present("database")]
    found += [object_store_credentials(name) for name in context.present("object-store")]
    return found + backup_secrets(context)
