"""The bus, the database and the object store of the model as props."""

from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.nats import MessageBusProps
from quantacirc_cdk.kubernetes.nats.message_bus import bus_credentials
from quantacirc_cdk.kubernetes.object_store import ObjectStoreProps, object_store_credentials
from quantacirc_cdk.kubernetes.postgresql import PostgresqlProps, postgresql_credentials
from quantacirc_cdk.kubernetes.system.connections import clients
from quantacirc_cdk.kubernetes.system.context import Context


def message_bus_props(context: Context, name: str) -> MessageBusProps:
    """Return the bus."""
    return MessageBusProps(
        identity=context.component_identity(name),
        image=context.image(context.system.components[name].image),
        clients=clients(context),
        replicas=context.replicas(name).min,
        storage=context.storage(name),
        storage_class=context.environment.cluster.storage_class,
        data_path=context.data_path(name),
        resources=context.resources(name),
        user_id=context.system.container.user_id,
        priority_class=context.priority("stores"),
    )


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
    found = [bus_credentials(name, clients(context)) for name in context.present("bus")]
    found += [postgresql_credentials(name) for name in context.present("database")]
    found += [object_store_credentials(name) for name in context.present("object-store")]
    return found
